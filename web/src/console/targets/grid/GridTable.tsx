/** The cells of the grid: units down, measures across, attainment beside each. */
import { type KeyboardEvent, useRef } from "react";

import { useWords } from "../../../messages/useWords";
import type { Attainment } from "../../types";
import { GridCell } from "./GridCell";
import { cellOf, type Texts } from "./gridState";
import { MEASURES } from "./measures";

interface Props {
  readonly units: readonly { unit: string; name: string }[];
  readonly texts: Texts;
  readonly known: ReadonlyMap<string, Attainment>;
  readonly problems: ReadonlyMap<string, string>;
  readonly refused: ReadonlyMap<string, string>;
  readonly onTyped: (cell: string, text: string) => void;
  readonly onPasted: (at: readonly [number, number], text: string) => void;
  readonly onUndo: (isRedo: boolean) => void;
}

/** The table; arrows and Enter lead from cell to cell as in a spreadsheet. */
export function GridTable({ units, texts, known, problems, refused, onTyped, onPasted, onUndo }: Props) {
  const { say } = useWords();
  const table = useRef<HTMLTableElement>(null);
  const focus = (row: number, column: number) => {
    const cell = table.current?.querySelector<HTMLInputElement>(`[data-at="${row},${column}"]`);
    cell?.focus();
    cell?.select();
    return cell !== null && cell !== undefined;
  };
  const press = (event: KeyboardEvent, row: number, column: number) => {
    if (event.nativeEvent.isComposing) return;
    const isUndo = (event.ctrlKey || event.metaKey) && ["z", "y"].includes(event.key.toLowerCase());
    if (isUndo) {
      event.preventDefault();
      return onUndo(event.shiftKey || event.key.toLowerCase() === "y");
    }
    const down = event.key === "ArrowDown" || event.key === "Enter" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (down !== 0 && focus(row + down, column)) event.preventDefault();
  };
  return (
    <div className="overflow-x-auto bg-sheet" tabIndex={0} role="region" aria-label={say("grid.title")}>
      <table ref={table} className="w-full border-collapse text-sm">
        <caption className="sr-only">{say("grid.title")}</caption>
        <thead>
          <tr className="border-b border-edge text-xs text-quiet">
            <th scope="col" className="px-3 py-1.5 text-left font-normal">
              {say("targets.unit")}
            </th>
            {MEASURES.map((measure) => (
              <th key={measure} scope="col" className="px-2 py-1.5 text-right font-normal">
                {say(`metric.${measure}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {units.map(({ unit, name }, row) => (
            <tr key={unit} className={`border-b align-top ${row === 0 ? "bg-well font-semibold" : ""}`}>
              <th scope="row" className="min-w-28 px-3 py-2 text-left font-[inherit]">
                {name} <span className="text-xs font-normal text-quiet">{unit}</span>
              </th>
              {MEASURES.map((measure, column) => {
                const cell = cellOf(unit, measure);
                return (
                  <GridCell
                    key={measure}
                    label={say("grid.cell", { name, measure: say(`metric.${measure}`) })}
                    at={`${row},${column}`}
                    text={texts.get(cell)}
                    known={known.get(cell)}
                    isMoney={measure !== "net"}
                    problem={problems.get(cell)}
                    refused={refused.get(cell)}
                    onTyped={(text) => onTyped(cell, text)}
                    onPasted={(text) => onPasted([row, column], text)}
                    onKey={(event) => press(event, row, column)}
                  />
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
