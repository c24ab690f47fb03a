/** How a person likes the screen; kept in this browser. */
import { LANGUAGES, type Language, languageOf } from "../../messages/language";

/** Everything one may choose. */
export interface Preferences {
  readonly language: Language;
  readonly theme: "system" | "light" | "dark";
  readonly text: "normal" | "large";
  readonly density: "comfortable" | "compact";
  /** Whether red means up, as in Korea, or down. */
  readonly trend: "korean" | "western";
  /** Whether money is shown in 만 and 억, or to the won. */
  readonly money: "short" | "exact";
}

/** What each choice may be. */
export const CHOICES = {
  language: LANGUAGES,
  theme: ["system", "light", "dark"],
  text: ["normal", "large"],
  density: ["comfortable", "compact"],
  trend: ["korean", "western"],
  money: ["short", "exact"],
} as const satisfies { [Key in keyof Preferences]: readonly Preferences[Key][] };

const KEY = "fieldbook-preferences";

/** What was kept, with sensible things in place of what cannot be read. */
export function readPreferences(kept: string | null, spoken: readonly string[]): Preferences {
  const known = parsed(kept);
  const chosen = <Key extends keyof Preferences>(key: Key, otherwise: Preferences[Key]): Preferences[Key] =>
    (CHOICES[key] as readonly unknown[] as readonly Preferences[Key][]).find((choice) => choice === known[key]) ?? otherwise;
  return {
    language: chosen("language", languageOf(spoken)),
    theme: chosen("theme", "system"),
    text: chosen("text", "normal"),
    density: chosen("density", "comfortable"),
    trend: chosen("trend", "korean"),
    money: chosen("money", "short"),
  };
}

function parsed(kept: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(kept ?? "{}");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Reads them from this browser. */
export function keptPreferences(): Preferences {
  return readPreferences(kept(), navigator.languages);
}

/** What stands there; nothing where the browser lets pages keep nothing. */
function kept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** Whether somebody chose a language in this browser. */
export function isLanguageChosen(): boolean {
  return "language" in parsed(kept());
}

/** Keeps them in this browser, where that lets pages keep anything. */
export function keepPreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // They hold until the page is closed.
  }
}

/** Shows them: style sheets look at these attributes. */
export function showPreferences(preferences: Preferences): void {
  const { dataset } = document.documentElement;
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  dataset["theme"] = preferences.theme === "system" ? (isDark ? "dark" : "light") : preferences.theme;
  dataset["text"] = preferences.text;
  dataset["density"] = preferences.density;
  dataset["trend"] = preferences.trend;
  dataset["money"] = preferences.money;
}
