/** The periods figures are asked for. Pure. */
import type { OwnFigures, Sums } from "../engine/contract";
import { monthStart, weekStart } from "../ui/moments";

/** From the shortest. */
export const PERIODS = ["day", "week", "month"] as const;
/** One of them. */
export type Period = (typeof PERIODS)[number];

/** The days of a period up to a day. */
export function periodOf(period: Period, day: string): { from: string; to: string } {
  const from = { day, week: weekStart(day), month: monthStart(day) }[period];
  return { from, to: day };
}

/** Nothing sold. */
const ZERO: Sums = { sold: 0, withdrawn: 0, net: 0, premiumGrossWon: 0, premiumNetWon: 0, apeNetWon: 0 };

/** Two sums together. */
export function added(one: Sums, other: Sums): Sums {
  return {
    sold: one.sold + other.sold,
    withdrawn: one.withdrawn + other.withdrawn,
    net: one.net + other.net,
    premiumGrossWon: one.premiumGrossWon + other.premiumGrossWon,
    premiumNetWon: one.premiumNetWon + other.premiumNetWon,
    apeNetWon: one.apeNetWon + other.apeNetWon,
  };
}

/** The sums of each type of product, the most premium first. */
export function byType(rows: OwnFigures["rows"]): { type: string; sums: Sums }[] {
  const sums = new Map<string, Sums>();
  for (const row of rows) sums.set(row.type, added(sums.get(row.type) ?? ZERO, row.sums));
  const types = [...sums].map(([type, sum]) => ({ type, sums: sum }));
  return types.sort((one, other) => other.sums.premiumNetWon - one.sums.premiumNetWon || one.type.localeCompare(other.type));
}

/** What the named differences make together; headquarters' figure and these must be the own figure. */
export function explained(figures: OwnFigures): { count: number; won: number } {
  const sum = { count: 0, won: 0 };
  for (const { count, won } of figures.differences) {
    sum.count += count;
    sum.won += won;
  }
  return sum;
}

/** Whether the named policies explain the whole difference. */
export function isExplained(figures: OwnFigures): boolean {
  const { count, won } = explained(figures);
  return figures.headquarters.net + count === figures.total.net && figures.headquarters.premiumNetWon + won === figures.total.premiumNetWon;
}
