/** Civil days as `YYYY-MM-DD`, and clock times in the company's zone. Pure. */

const DAY_MS = 86_400_000;
const SHAPE = /^\d{4}-\d{2}-\d{2}$/;

/** Whether a text is a day of the calendar. */
export function isDay(text: unknown): text is string {
  return typeof text === "string" && SHAPE.test(text) && isoDay(Date.parse(`${text}T00:00:00Z`)) === text;
}

/** The day so many days later. */
export function addDays(day: string, days: number): string {
  return isoDay(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS);
}

/** Days from the first to the last, both counted. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS) + 1;
}

/** Every day of a range. */
export function daysOf(from: string, to: string): string[] {
  const count = Math.max(0, daysBetween(from, to));
  return Array.from({ length: count }, (_, index) => addDays(from, index));
}

/** The first day of a day's month. */
export function monthBegin(day: string): string {
  return `${day.slice(0, 8)}01`;
}

/** The civil day of an instant in a zone. */
export function dayIn(zone: string, ms: number): string {
  return form("en-CA", { timeZone: zone, dateStyle: "short" }).format(ms);
}

/** The clock time of an instant in a zone, `14:32:05`. */
export function clockIn(zone: string, ms: number): string {
  return form("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(ms);
}

/** Day and clock time of an instant in a zone. */
export function momentIn(zone: string, ms: number): string {
  return `${dayIn(zone, ms)} ${clockIn(zone, ms)}`;
}

/** A day with its weekday, as people of a language write it. */
export function dayWords(day: string, tag: string): string {
  const options = { month: "short", day: "numeric", weekday: "short", timeZone: "UTC" } as const;
  return form(tag, options).format(Date.parse(`${day}T00:00:00Z`));
}

/** Forms that were used before: making one takes as long as using it a hundred times. */
const forms = new Map<string, Intl.DateTimeFormat>();

function form(tag: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = `${tag} ${options.timeZone ?? ""} ${options.dateStyle ?? options.weekday ?? "clock"}`;
  const known = forms.get(name) ?? new Intl.DateTimeFormat(tag, options);
  forms.set(name, known);
  return known;
}

function isoDay(ms: number): string {
  return Number.isNaN(ms) ? "" : new Date(ms).toISOString().slice(0, 10);
}
