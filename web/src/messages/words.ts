/** The words of the screen: one catalogue a language, loaded when it is chosen. */
import { type Messages, setupI18n } from "@lingui/core";

import type catalogue from "./en.json";
import type { Language } from "./language";

export { LANGUAGES, type Language, isLanguage, languageOf } from "./language";

/** Names a message of the catalogues. */
export type MessageId = keyof typeof catalogue;

/** What a message is filled with. */
export type MessageValues = Record<string, string | number>;

/** The words in use. */
export const i18n = setupI18n();

const load: Record<Language, () => Promise<{ messages: Messages }>> = {
  ko: () => import("./ko"),
  en: () => import("./en"),
  zh: () => import("./zh"),
};

/** Loads a language's words and uses them. */
export async function speak(language: Language): Promise<void> {
  const { messages } = await load[language]();
  i18n.loadAndActivate({ locale: language, messages });
  document.documentElement.lang = language;
}
