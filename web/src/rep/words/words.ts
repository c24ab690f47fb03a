/** The words of the rep's app: one catalogue a language, loaded when it is chosen. */
import type { Messages } from "@lingui/core";

import type { Language } from "../../messages/language";
import { i18n } from "../../messages/i18n";
import type catalogue from "./en.json";

/** Names a message of the app's catalogues. */
export type WordId = keyof typeof catalogue;

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
