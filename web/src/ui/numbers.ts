/** Numbers as people read them. Pure. */
import type { Language } from "../messages/words";

const TAGS: Record<Language, string> = { ko: "ko-KR", en: "en-GB", zh: "zh-CN" };

const TEN_THOUSAND = 10_000;
const HUNDRED_MILLION = 100_000_000;
const TRILLION = 1_000_000_000_000;
/** From here on the ten thousands beside the hundred millions say nothing any more. */
const MANY_HUNDRED_MILLIONS = 1_000 * HUNDRED_MILLION;

/** The names of 10^4, 10^8 and 10^12. */
const UNITS: Record<"ko" | "zh", readonly [string, string, string]> = {
  ko: ["만", "억", "조"],
  zh: ["万", "亿", "万亿"],
};

const formats = new Map<string, Intl.NumberFormat>();

function format(language: Language, key: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const name = `${language} ${key}`;
  const known = formats.get(name) ?? new Intl.NumberFormat(language === "en" ? "en-US" : TAGS[language], options);
  formats.set(name, known);
  return known;
}

/** The tag by which `Intl` knows a language. */
export function tagOf(language: Language): string {
  return TAGS[language];
}

/** A whole number with its separators. */
export function count(value: number, language: Language): string {
  return format(language, "count", { maximumFractionDigits: 0 }).format(value);
}

/** Won to the last one. */
export function wonExact(value: number, language: Language): string {
  const number = count(Math.abs(value), language);
  const sign = value < 0 ? "−" : "";
  return language === "en" ? `${sign}₩${number}` : `${sign}${number}${language === "ko" ? "원" : "韩元"}`;
}

/** Won as one reads them at a glance: 만 and 억, or millions. Exact where that is as short. */
export function wonShort(value: number, language: Language): string {
  if (language !== "en") return inTenThousands(value, language);
  if (Math.abs(value) < TEN_THOUSAND) return wonExact(value, language);
  const sign = value < 0 ? "−" : "";
  const options = { notation: "compact", maximumFractionDigits: 2 } as const;
  return `${sign}₩${format(language, "compact", options).format(Math.abs(value))}`;
}

function inTenThousands(value: number, language: "ko" | "zh"): string {
  const [man, eok, jo] = UNITS[language];
  const sign = value < 0 ? "−" : "";
  const size = Math.abs(value);
  const said = (number: number, unit: string, digits = 0) => {
    const options = { maximumFractionDigits: digits };
    return `${format(language, `short${digits}`, options).format(number)}${unit}`;
  };
  if (size < TEN_THOUSAND) return wonExact(value, language);
  if (size < HUNDRED_MILLION) return sign + said(size / TEN_THOUSAND, man, size < 100 * TEN_THOUSAND ? 1 : 0);
  if (size >= TRILLION) return sign + said(size / TRILLION, jo, 2);
  if (size >= MANY_HUNDRED_MILLIONS || language === "zh") return sign + said(size / HUNDRED_MILLION, eok, 2);
  const tens = Math.round(size / TEN_THOUSAND);
  const [whole, rest] = [Math.floor(tens / TEN_THOUSAND), tens % TEN_THOUSAND];
  const part = rest === 0 ? "" : ` ${said(rest, man)}`;
  return `${sign}${said(whole, eok)}${part}`;
}

/** A share, in percent with one digit. */
export function percent(value: number, language: Language): string {
  return `${format(language, "percent", { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value)}%`;
}

/** What `value` is more than `before`, in percent; nothing where there is nothing to compare with. */
export function growth(value: number, before: number): number | null {
  return before === 0 ? null : ((value - before) / Math.abs(before)) * 100;
}
