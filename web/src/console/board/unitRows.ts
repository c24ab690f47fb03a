/** The rows of a board: every unit of the organisation, and whatever else has figures. Pure. */
import { NONE, type Sums } from "../sums";

/** A unit with its figures. */
export interface UnitRow extends Sums {
  readonly unit: string;
  readonly name: string;
}

/** Units without sales are in no answer, and units that have moved away are in no organisation: a board shows both. */
export function unitRows(
  units: readonly { unit: string; name: string }[],
  figures: readonly (Sums & { unit: string; name: string })[],
): UnitRow[] {
  const rows = new Map<string, UnitRow>();
  for (const { unit, name } of units) rows.set(unit, { unit, name, ...NONE });
  for (const row of figures) rows.set(row.unit, row);
  return [...rows.values()];
}
