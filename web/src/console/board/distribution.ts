/** How a measure is spread over units, and the rank of each by it. Pure. */

/** Fewer units than this are seen at a glance: there is nothing to draw of them. */
const LEAST_UNITS = 5;
/** About so many bars stand side by side. */
const BARS = 16;
/** Edges of bars are these times a power of ten. */
const ROUND = [1, 2, 5, 10] as const;

/** A bar: how many units lie from its lower edge up to its upper one, which belongs to the next. */
export interface SpreadBar {
  readonly from: number;
  readonly to: number;
  readonly units: number;
}

/** The spread of a measure. */
export interface Spread {
  readonly lowest: number;
  /** A quarter of the units lies below. */
  readonly lower: number;
  readonly median: number;
  /** A quarter of the units lies above. */
  readonly upper: number;
  readonly highest: number;
  readonly bars: readonly SpreadBar[];
}

/** The spread; nothing where there are few units, or all are alike. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length < LEAST_UNITS) return null;
  const sorted = Float64Array.from(values).sort();
  const [lowest, highest] = [quantile(sorted, 0), quantile(sorted, 1)];
  if (lowest === highest) return null;
  return {
    lowest,
    lower: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upper: quantile(sorted, 0.75),
    highest,
    bars: barsOf(sorted, lowest, highest),
  };
}

/** What a share of the values lies below; between two of them in proportion. */
function quantile(sorted: Float64Array, share: number): number {
  const at = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0];
  return below + (above - below) * (at - Math.floor(at));
}

function barsOf(sorted: Float64Array, lowest: number, highest: number): SpreadBar[] {
  const width = roundUp((highest - lowest) / BARS);
  const first = Math.floor(lowest / width);
  const units = new Array<number>(Math.floor(highest / width) - first + 1).fill(0);
  for (const value of sorted) {
    const at = Math.floor(value / width) - first;
    units[at] = (units[at] ?? 0) + 1;
  }
  return units.map((count, at) => ({ from: (first + at) * width, to: (first + at + 1) * width, units: count }));
}

/** The next round width: policies and won are whole, and so are edges. */
function roundUp(width: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(width, 1)));
  return (ROUND.find((times) => times * power >= width) ?? 10) * power;
}

/** Everybody's rank, the most first. Who is alike shares a rank, and the next one counts all before it. */
export function ranksOf<Row>(rows: readonly Row[], value: (row: Row) => number): Map<Row, number> {
  const sorted = [...rows].sort((one, other) => value(other) - value(one));
  const ranks = new Map<Row, number>();
  let rank = 0;
  let before: number | undefined;
  for (const [at, row] of sorted.entries()) {
    if (value(row) !== before) rank = at + 1;
    before = value(row);
    ranks.set(row, rank);
  }
  return ranks;
}
