/** The languages the screen speaks. Pure. */

/** The languages there are. */
export const LANGUAGES = ["ko", "en", "zh"] as const;
/** One of them. */
export type Language = (typeof LANGUAGES)[number];

/** The language to begin with where nobody chose one. */
export function languageOf(preferred: readonly string[]): Language {
  const known = preferred.map((tag) => tag.slice(0, 2).toLowerCase());
  return LANGUAGES.find((language) => language === known.find((tag) => isLanguage(tag))) ?? "ko";
}

/** Whether a word names a language there is. */
export function isLanguage(word: unknown): word is Language {
  return LANGUAGES.some((language) => language === word);
}
