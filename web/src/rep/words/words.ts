/** The words of the rep's app: one catalogue a language, loaded when it is chosen, and one of what is shown seldom. */
import type { Messages } from "@lingui/core";

import { isLanguage, type Language } from "../../messages/language";
import { i18n } from "../../messages/i18n";
import type catalogue from "./en.json";
import type lateCatalogue from "./late/en.json";

/** Names a message of the app's catalogues. */
export type WordId = keyof typeof catalogue | keyof typeof lateCatalogue;

type Load = () => Promise<{ messages: Messages }>;

const load: Record<Language, Load> = {
  ko: () => import("./ko"),
  en: () => import("./en"),
  zh: () => import("./zh"),
};

const late: Record<Language, Load> = {
  ko: () => import("./late/ko"),
  en: () => import("./late/en"),
  zh: () => import("./late/zh"),
};

let isLateWanted = false;
/** The language in which both are there. */
let whole: Language | null = null;

/** Loads a language's words and uses them. */
export async function speak(language: Language): Promise<void> {
  const { messages } = await load[language]();
  const more = isLateWanted ? (await late[language]()).messages : {};
  whole = isLateWanted ? language : null;
  i18n.loadAndActivate({ locale: language, messages: { ...messages, ...more } });
  document.documentElement.lang = language;
}

/** Loads the late words of the language in use. */
async function speakLate(): Promise<void> {
  isLateWanted = true;
  // Another language may be chosen meanwhile.
  while (isLanguage(i18n.locale) && whole !== i18n.locale) {
    const language = i18n.locale;
    const { messages } = await late[language]();
    whole = language;
    i18n.load(language, messages);
  }
}

/** A part that is loaded late, with the words it says. */
export function withLateWords<Part>(load: () => Promise<Part>): () => Promise<Part> {
  return async () => (await Promise.all([load(), speakLate()]))[0];
}
