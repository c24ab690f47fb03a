/** The weekly mean of days. Pure. */

/** A day and its value. */
export interface Point {
  readonly day: string;
  readonly value: number;
}

const WEEK = 7;

/** The mean of each day and the six before it; nothing until a week is full. */
export function weeklyMean(points: readonly Point[]): (number | null)[] {
  let sum = 0;
  return points.map(({ value }, index) => {
    sum += value - (points[index - WEEK]?.value ?? 0);
    return index < WEEK - 1 ? null : Math.round(sum / WEEK);
  });
}
