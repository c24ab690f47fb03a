import { expect, test } from "vitest";

import { ranksOf, spreadOf } from "./distribution";
import { measured, measureOf } from "./measure";
import { NONE } from "../sums";

test("a spread tells the middle, its half and both ends", () => {
  const spread = spreadOf([40, 0, 10, 30, 20]);
  expect(spread).toMatchObject({ lowest: 0, lower: 10, median: 20, upper: 30, highest: 40 });
  // Between two values in proportion.
  expect(spreadOf([1, 2, 3, 4, 5, 6])).toMatchObject({ lower: 2.25, median: 3.5, upper: 4.75 });
});

test("every unit stands in one bar, whose edges are round", () => {
  const values = Array.from({ length: 500 }, (_, index) => ((index * 7_919) % 1_000) * 12_345 - 700_000);
  const bars = spreadOf(values)?.bars ?? [];
  expect(bars.reduce((sum, { units }) => sum + units, 0)).toBe(500);
  for (const { from, to, units } of bars) {
    expect(units).toBe(values.filter((value) => value >= from && value < to).length);
    expect(to - from).toBe(1_000_000);
    expect(Math.abs(from % 1_000_000)).toBe(0);
  }
  expect(bars.length).toBe(13);
});

test("policies are whole: no bar is narrower than one", () => {
  expect(spreadOf([0, 1, 1, 2, 0, 3])?.bars).toEqual([
    { from: 0, to: 1, units: 2 },
    { from: 1, to: 2, units: 2 },
    { from: 2, to: 3, units: 1 },
    { from: 3, to: 4, units: 1 },
  ]);
});

test("few units, or units that are alike, have no spread", () => {
  expect(spreadOf([1, 2, 3, 4])).toBeNull();
  expect(spreadOf([7, 7, 7, 7, 7, 7])).toBeNull();
});

test("who is alike shares a rank, and the next one counts all before it", () => {
  const rows = [{ n: 5 }, { n: 9 }, { n: 5 }, { n: -1 }, { n: 0 }];
  const ranks = ranksOf(rows, ({ n }) => n);
  expect(rows.map((row) => ranks.get(row))).toEqual([2, 1, 2, 5, 4]);
});

test("units are ranked by the column in order, and by premium in any other order", () => {
  const row = { ...NONE, net: 1, premium_net_won: 2, ape_net_won: 3, withdrawn: 4 };
  expect(["-net", "premium", "ape", "withdrawn", "name", "-constructor"].map((sort) => measured(row, measureOf(sort)))).toEqual([
    1, 2, 3, 4, 2, 2,
  ]);
});
