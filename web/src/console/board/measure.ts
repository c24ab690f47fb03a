/** What units are ranked by: a column of sums. Pure. */
import type { Sums } from "../sums";

const FIELDS = {
  net: "net",
  premium: "premium_net_won",
  ape: "ape_net_won",
  withdrawn: "withdrawn",
} as const satisfies Record<string, keyof Sums>;

/** One of them. */
export type Measure = keyof typeof FIELDS;

/** How much of it a row has. */
export function measured(row: Sums, measure: Measure): number {
  return row[FIELDS[measure]];
}

/** The measure by which a table is in order; premium where it is in another order. */
export function measureOf(sort: string): Measure {
  const column = sort.replace(/^-/, "");
  return Object.hasOwn(FIELDS, column) ? (column as Measure) : "premium";
}
