/** Sums of figures, and whether they are right. Pure. */
import type { components } from "../sdk/schema";

/** The sums that rows of every kind carry. */
export type Sums = Pick<
  components["schemas"]["SumsShown"],
  "sold" | "withdrawn" | "net" | "premium_gross_won" | "premium_net_won" | "ape_net_won" | "lapsed"
>;

const FIELDS = [
  "sold",
  "withdrawn",
  "net",
  "premium_gross_won",
  "premium_net_won",
  "ape_net_won",
  "lapsed",
] as const satisfies readonly (keyof Sums)[];

/** Nothing sold. */
export const NONE: Sums = {
  sold: 0,
  withdrawn: 0,
  net: 0,
  premium_gross_won: 0,
  premium_net_won: 0,
  ape_net_won: 0,
  lapsed: 0,
};

/** The sum of rows. */
export function sumOf(rows: readonly Sums[]): Sums {
  const sums = { ...NONE };
  for (const row of rows) for (const field of FIELDS) sums[field] += row[field];
  return sums;
}

/** The fields in which two sums differ; none where the parts make up the whole. */
export function differing(one: Sums, other: Sums): (keyof Sums)[] {
  return FIELDS.filter((field) => one[field] !== other[field]);
}
