/** The words in use, whichever catalogue they are from. */
import { setupI18n } from "@lingui/core";

/** What a message is filled with. */
export type MessageValues = Record<string, string | number>;

/** The words in use. */
export const i18n = setupI18n();
