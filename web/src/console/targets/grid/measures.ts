/** What targets count, in the order of the grid's columns. Pure. */
import type { RowProblem, TargetSet } from "../../../sdk/administration";
import { cellOf } from "./gridState";

export const MEASURES = ["net", "premium", "ape"] as const;

/** The cells that the hub refused, each with its words: its rows are those sent, counted from one. */
export function refusedCells(problems: readonly RowProblem[], sent: readonly TargetSet[]): ReadonlyMap<string, string> {
  return new Map(
    problems.flatMap(({ row, problem }): [string, string][] => {
      const target = sent[row - 1];
      return target ? [[cellOf(target.unit, target.measure), problem]] : [];
    }),
  );
}
