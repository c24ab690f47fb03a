/** The days a view is about, as its address says them. Pure. */
import { addDays, daysBetween, isDay, monthBegin } from "./days";

/** The days of an address; without any it is today, whenever that is. */
export interface PeriodSearch {
  /** The first day. */
  readonly from?: string;
  /** The last day. */
  readonly to?: string;
}

/** Days from the first to the last. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

/** The longest range one can look at. */
const LONGEST_DAYS = 3_660;

/** What the address means today. */
export function periodOf(search: PeriodSearch, today: string): Period {
  const from = search.from ?? today;
  const to = search.to ?? from;
  return from <= to ? { from, to } : { from: to, to: from };
}

/** The days that an address may carry; what is none is left out. */
export function readPeriod(search: Record<string, unknown>): PeriodSearch {
  const from = isDay(search["from"]) ? search["from"] : undefined;
  const to = isDay(search["to"]) ? search["to"] : undefined;
  if (from === undefined) return {};
  if (to === undefined || daysBetween(from, to) > LONGEST_DAYS) return { from };
  return { from, to };
}

/** Ranges one press away. */
export const PRESETS = ["today", "yesterday", "week", "month"] as const;
/** One of them. */
export type Preset = (typeof PRESETS)[number];

/** What the address carries for one of them. */
export function presetSearch(preset: Preset, today: string): PeriodSearch {
  if (preset === "today") return {};
  const yesterday = addDays(today, -1);
  if (preset === "yesterday") return { from: yesterday, to: yesterday };
  return { from: preset === "week" ? addDays(today, -6) : monthBegin(today), to: today };
}

/** As many days right before. */
export function before(period: Period): Period {
  return moved(period, -daysBetween(period.from, period.to));
}

/** The same weekdays, one or more whole weeks before. */
export function sameWeekdays(period: Period): Period {
  return moved(period, -7 * Math.ceil(daysBetween(period.from, period.to) / 7));
}

function moved({ from, to }: Period, days: number): Period {
  return { from: addDays(from, days), to: addDays(to, days) };
}
