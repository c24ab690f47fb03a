/** Spans and moments that may be years away, as people read them. Pure. */
import type { Language } from "../../messages/language";
import { tagOf } from "../../ui/numbers";

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const UNITS = [
  ["year", 365 * DAY_MS],
  ["day", DAY_MS],
  ["hour", 60 * MINUTE_MS],
] as const;

/** A span in the largest unit of which it has one. */
export function spanWords(ms: number, language: Language): string {
  const [unit, size] = UNITS.find(([, size]) => ms >= size) ?? ["minute", MINUTE_MS];
  return new Intl.NumberFormat(tagOf(language), { style: "unit", unit, unitDisplay: "long" }).format(Math.round(ms / size));
}

/** A moment with its year, by this device's zone. */
export function fullMomentWords(atMs: number, language: Language): string {
  return new Intl.DateTimeFormat(tagOf(language), { dateStyle: "medium", timeStyle: "short" }).format(atMs);
}
