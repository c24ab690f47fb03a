/** A grid of targets while it is edited: texts by cell, every step can be undone. Pure. */
import { readAmount, readTable } from "./amount";

/** Texts by cell; a cell that nobody touched is not in it. */
export type Texts = ReadonlyMap<string, string>;

/** The grid now, and the steps before and after. */
export interface GridState {
  readonly texts: Texts;
  readonly past: readonly Texts[];
  readonly future: readonly Texts[];
}

/** What a person does. */
export type GridStep =
  | { readonly kind: "type"; readonly cell: string; readonly text: string }
  | { readonly kind: "paste"; readonly at: readonly [number, number]; readonly text: string; readonly layout: Layout }
  | { readonly kind: "undo" }
  | { readonly kind: "redo" }
  | { readonly kind: "forget" };

/** Which units are the rows, which measures the columns. */
export interface Layout {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
}

/** Steps that can be undone. */
const MOST_STEPS = 100;

/** Nothing typed. */
export const UNTOUCHED: GridState = { texts: new Map(), past: [], future: [] };

/** Names a cell. */
export function cellOf(row: string, column: string): string {
  return `${row}\t${column}`;
}

/** The grid after a step. */
export function stepped(state: GridState, step: GridStep): GridState {
  switch (step.kind) {
    case "type":
      return typed(state, step.cell, step.text);
    case "paste":
      return { texts: pasted(state.texts, step), past: pushed(state.past, state.texts), future: [] };
    case "undo": {
      const last = state.past.at(-1);
      return last ? { texts: last, past: state.past.slice(0, -1), future: [state.texts, ...state.future] } : state;
    }
    case "redo": {
      const [next, ...rest] = state.future;
      return next ? { texts: next, past: pushed(state.past, state.texts), future: rest } : state;
    }
    case "forget":
      return UNTOUCHED;
  }
}

function pushed(past: readonly Texts[], texts: Texts): readonly Texts[] {
  return [...past, texts].slice(-MOST_STEPS);
}

/** Typing on in one cell is one step. */
function typed(state: GridState, cell: string, text: string): GridState {
  const texts = new Map(state.texts).set(cell, text);
  const before = state.past.at(-1);
  const isSameStep = before !== undefined && state.future.length === 0 && onlyDiffersIn(cell, before, state.texts);
  return { texts, past: isSameStep ? state.past : pushed(state.past, state.texts), future: [] };
}

function onlyDiffersIn(cell: string, before: Texts, now: Texts): boolean {
  const others = [...now].filter(([key, text]) => key !== cell && before.get(key) !== text);
  return others.length === 0 && now.size - Number(now.has(cell)) === before.size - Number(before.has(cell)) && now.get(cell) !== before.get(cell);
}

function pasted(texts: Texts, { at: [row, column], text, layout }: Extract<GridStep, { kind: "paste" }>): Texts {
  const next = new Map(texts);
  readTable(text).forEach((line, down) =>
    line.forEach((cell, right) => {
      const [unit, measure] = [layout.rows[row + down], layout.columns[column + right]];
      if (unit !== undefined && measure !== undefined) next.set(cellOf(unit, measure), cell);
    }),
  );
  return next;
}

/** How much of a paste lies outside the grid: nobody should believe it was taken. */
export function overhang(at: readonly [number, number], text: string, layout: Layout): number {
  const cells = readTable(text).flatMap((line, down) => line.map((_, right) => [at[0] + down, at[1] + right] as const));
  return cells.filter(([row, column]) => row >= layout.rows.length || column >= layout.columns.length).length;
}

/** What would be sent, and the cells that cannot be. */
export interface Changes {
  readonly values: readonly { readonly cell: string; readonly value: number }[];
  readonly problems: ReadonlyMap<string, string>;
}

/** The cells whose amount is another one than `now` says; a cell that was emptied is as it was. */
export function changesOf(texts: Texts, now: (cell: string) => number | undefined): Changes {
  const values: { cell: string; value: number }[] = [];
  const problems = new Map<string, string>();
  for (const [cell, text] of texts) {
    const read = readAmount(text);
    if ("problem" in read) problems.set(cell, read.problem);
    else if (read.value !== null && read.value !== now(cell)) values.push({ cell, value: read.value });
  }
  return { values, problems };
}
