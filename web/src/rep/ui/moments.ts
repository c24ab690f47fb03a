/** Days and times as people read them. Pure. */
import type { Language } from "../../messages/language";
import { tagOf } from "../../ui/numbers";

const DAY_MS = 86_400_000;
const NOON = "T12:00:00Z";

const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const FORMS = {
  day: { month: "long", day: "numeric", weekday: "short", timeZone: "UTC" },
  short: { month: "numeric", day: "numeric", timeZone: "UTC" },
  time: TIME,
  moment: { ...TIME, month: "short", day: "numeric" },
} as const;

/** Making one takes longer than using it a hundred times, and a list has a day in each row. */
const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: Language, name: keyof typeof FORMS): Intl.DateTimeFormat {
  const key = `${language} ${name}`;
  const known = formats.get(key) ?? new Intl.DateTimeFormat(tagOf(language), FORMS[name]);
  formats.set(key, known);
  return known;
}

/** A day, moved by whole days. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day + NOON) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How many days lie between two. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to + NOON) - Date.parse(from + NOON)) / DAY_MS);
}

/** The Monday of a day's week. */
export function weekStart(day: string): string {
  const weekday = new Date(day + NOON).getUTCDay();
  return addDays(day, -((weekday + 6) % 7));
}

/** The first day of a day's month. */
export function monthStart(day: string): string {
  return `${day.slice(0, 8)}01`;
}

/** A day with its weekday. */
export function dayWords(day: string, language: Language): string {
  return format(language, "day").format(Date.parse(day + NOON));
}

/** A day, short. */
export function dayShort(day: string, language: Language): string {
  return format(language, "short").format(Date.parse(day + NOON));
}

/** A moment: the time alone today, with the day before. */
export function momentWords(at: string, language: Language, nowMs: number): string {
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return at;
  const isToday = moment.toDateString() === new Date(nowMs).toDateString();
  return format(language, isToday ? "time" : "moment").format(moment);
}

/** Whole years since a birth date; nothing where it is none. */
export function ageOn(birthDate: string | null, day: string): number | null {
  if (!birthDate || !/^\d{4}-\d{2}-\d{2}$/.test(birthDate)) return null;
  const years = Number(day.slice(0, 4)) - Number(birthDate.slice(0, 4));
  const age = day.slice(5) < birthDate.slice(5) ? years - 1 : years;
  return age >= 0 && age < 130 ? age : null;
}

/** Bytes as people read them. */
export function bytesWords(bytes: number, language: Language): string {
  const [size, unit] = bytes < 1_000_000 ? [bytes / 1_000, "KB"] : [bytes / 1_000_000, "MB"];
  return `${new Intl.NumberFormat(tagOf(language), { maximumFractionDigits: 1 }).format(size)} ${unit}`;
}
