/** Rows of units and types as a grid. Pure. */
import type { FigureRow } from "../types";

/** A unit's premium by type. */
export interface UnitMix {
  readonly unit: string;
  readonly name: string;
  readonly won: Map<string, number>;
  sum: number;
}

/** The grid: units by size, types by size. */
export function mixOf(rows: readonly Pick<FigureRow, "unit" | "name" | "type" | "premium_net_won">[]) {
  const units = new Map<string, UnitMix>();
  const types = new Map<string, number>();
  for (const { unit, name, type: known, premium_net_won: won } of rows) {
    const type = known ?? "";
    const mix = units.get(unit) ?? { unit, name, won: new Map<string, number>(), sum: 0 };
    mix.won.set(type, (mix.won.get(type) ?? 0) + won);
    mix.sum += won;
    units.set(unit, mix);
    types.set(type, (types.get(type) ?? 0) + won);
  }
  const shares = [...units.values()].flatMap(({ won, sum }) => [...won.values()].map((one) => (sum > 0 ? one / sum : 0)));
  return {
    /** The largest share of all. */
    most: Math.max(0, ...shares),
    units: [...units.values()].sort((left, right) => right.sum - left.sum),
    types: [...types].sort((left, right) => right[1] - left[1]).map(([type]) => type),
  };
}
