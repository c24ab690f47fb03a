/** The words of the screen: one catalogue a language, loaded when it is chosen. */
import type { Messages } from "@lingui/core";

import type catalogue from "./en.json";
import { i18n } from "./i18n";
import type { Language } from "./language";

export { i18n, type MessageValues } from "./i18n";
export { LANGUAGES, type Language, isLanguage, languageOf } from "./language";

/** Names a message of the catalogues. */
export type MessageId = keyof typeof catalogue;

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
