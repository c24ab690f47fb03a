import { expect, test } from "vitest";

import { MOST, readAmount, readTable } from "./amount";
import { cellOf, changesOf, type GridState, overhang, stepped, UNTOUCHED } from "./gridState";
import { refusedCells } from "./measures";

const layout = { rows: ["R1", "R2", "R3"], columns: ["net", "premium"] };
const type = (state: GridState, cell: string, text: string) => stepped(state, { kind: "type", cell, text });

test.each([
  ["1200000", 1_200_000],
  [" 1,200,000원", 1_200_000],
  ["₩1 200 000", 1_200_000],
  ["１２００", 1_200],
  ["120만", 1_200_000],
  ["3억 5,000만", 350_000_000],
  ["1.5亿", 150_000_000],
  ["0", 0],
  ["", null],
])("%s is %s", (text, value) => {
  expect(readAmount(text)).toEqual({ value });
});

test.each([
  ["twelve", "not-a-number"],
  ["1e9", "not-a-number"],
  ["1.2.3", "not-a-number"],
  ["=A1", "not-a-number"],
  ["-5", "negative"],
  ["0.5", "not-whole"],
  [String(MOST * 10), "too-much"],
])("%s is none: %s", (text, problem) => {
  expect(readAmount(text)).toEqual({ problem });
});

test("what a spreadsheet copies is read line by line", () => {
  expect(readTable('1\t2\r\n"3"\t\r\n')).toEqual([["1", "2"], ["3", ""]]);
});

test("a paste fills the grid from its cell on, and says what lay outside", () => {
  const text = "10\t200\n11\t210\n12\t220";
  const state = stepped(UNTOUCHED, { kind: "paste", at: [1, 0], text, layout });
  expect([...state.texts]).toEqual([
    [cellOf("R2", "net"), "10"],
    [cellOf("R2", "premium"), "200"],
    [cellOf("R3", "net"), "11"],
    [cellOf("R3", "premium"), "210"],
  ]);
  expect(overhang([1, 0], text, layout)).toBe(2);
});

test("typing on in a cell is one step; a paste is one; both can be undone and redone", () => {
  let state = type(type(UNTOUCHED, "a", "1"), "a", "12");
  state = type(state, "b", "7");
  state = stepped(state, { kind: "paste", at: [0, 0], text: "5\t6", layout });
  const full = state.texts;
  state = stepped(state, { kind: "undo" });
  expect([...state.texts]).toEqual([["a", "12"], ["b", "7"]]);
  state = stepped(state, { kind: "undo" });
  state = stepped(state, { kind: "undo" });
  expect(state.texts.size).toBe(0);
  expect(stepped(state, { kind: "undo" })).toBe(state);
  for (let step = 0; step < 3; step++) state = stepped(state, { kind: "redo" });
  expect(state.texts).toEqual(full);
  expect(stepped(stepped(state, { kind: "undo" }), { kind: "type", cell: "c", text: "1" }).future).toEqual([]);
});

test("only what is another amount is sent, and nothing that is none", () => {
  const texts = new Map([["same", "1,000"], ["new", "2만"], ["emptied", ""], ["wrong", "x"]]);
  const { values, problems } = changesOf(texts, (cell) => (cell === "same" ? 1_000 : undefined));
  expect(values).toEqual([{ cell: "new", value: 20_000 }]);
  expect([...problems]).toEqual([["wrong", "not-a-number"]]);
});

test("what the hub refuses is told at its cell", () => {
  const sent = [
    { unit: "R1", measure: "net" as const, from: "2026-06-01", to: "2026-06-30", value: 1 },
    { unit: "R2", measure: "premium" as const, from: "2026-06-01", to: "2026-06-30", value: 2 },
  ];
  expect([...refusedCells([{ row: 2, problem: "too much" }, { row: 9, problem: "?" }], sent)]).toEqual([[cellOf("R2", "premium"), "too much"]]);
});
