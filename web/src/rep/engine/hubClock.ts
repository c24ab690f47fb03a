/** How far this device's clock is from the hub's. Pure. */

/** What the hub's last answer told, and when: by this device's clock, and by the time since the program began, which nobody sets. */
export interface HubClock {
  readonly aheadMs: number;
  readonly heardMs: number;
  readonly sinceMs: number;
}

/** The zone whose days are business days. */
const ZONE = "Asia/Seoul";
/** Clocks are never quite the same, an answer takes its time, and its date has whole seconds. */
const MUCH_MS = 120_000;
/** Phones sleep, and the time since the program began may stand still meanwhile; nobody sleeps longer. */
const LONGEST_SLEEP_MS = 36 * 3_600_000;
/** The two run a little apart by themselves. */
const SLACK_MS = 60_000;

/** How far the hub's clock is ahead of this device's, by an answer's date: 0 where it is much the same, nothing without a date. */
export function aheadBy(date: string | null, nowMs: number): number | null {
  const aheadMs = date === null ? NaN : Date.parse(date) - nowMs;
  if (Number.isNaN(aheadMs)) return null;
  return Math.abs(aheadMs) > MUCH_MS ? aheadMs : 0;
}

/** How far it is ahead now: 0 where it is much the same, and where somebody has set this device's since. */
export function aheadNow(heard: HubClock | null, nowMs: number, sinceMs: number): number {
  if (!heard) return 0;
  const setByMs = nowMs - heard.heardMs - (sinceMs - heard.sinceMs);
  return setByMs < -SLACK_MS || setByMs > LONGEST_SLEEP_MS ? 0 : heard.aheadMs;
}

/** The business day of a moment. */
export function businessDay(atMs: number): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" }).format(atMs);
}

/** The business day by this device's clock, where the hub's is another one. */
export function wrongDay(nowMs: number, aheadMs: number): string | null {
  if (aheadMs === 0) return null;
  const day = businessDay(nowMs);
  return day === businessDay(nowMs + aheadMs) ? null : day;
}
