import { expect, test } from "vitest";

import type { OwnFigures, Sums } from "../engine/contract";
import { byType, isExplained, periodOf } from "./periods";

const sums = (net: number, premiumNetWon: number): Sums => ({ sold: net, withdrawn: 0, net, premiumGrossWon: premiumNetWon, premiumNetWon, apeNetWon: premiumNetWon * 12 });

test("periods end today and begin where they must", () => {
  expect(periodOf("day", "2026-11-27")).toEqual({ from: "2026-11-27", to: "2026-11-27" });
  expect(periodOf("week", "2026-11-27")).toEqual({ from: "2026-11-23", to: "2026-11-27" });
  expect(periodOf("month", "2026-11-27")).toEqual({ from: "2026-11-01", to: "2026-11-27" });
});

test("products of a type are counted together", () => {
  const rows = [
    { product: "A", name: "A", type: "term", sums: sums(1, 10) },
    { product: "B", name: "B", type: "life", sums: sums(2, 50) },
    { product: "C", name: "C", type: "term", sums: sums(3, 20) },
  ];
  const types = byType(rows).map(({ type, sums: { net, premiumNetWon } }) => [type, net, premiumNetWon]);
  expect(types).toEqual([
    ["life", 2, 50],
    ["term", 4, 30],
  ]);
});

test("a difference is explained by its policies to the won, or said not to be", () => {
  const difference = { policy: "p", customerName: null, why: "waiting", count: 1, won: 40 } as const;
  const figures: OwnFigures = { from: "", to: "", rows: [], byDay: [], total: sums(3, 100), headquarters: sums(2, 60), differences: [difference] };
  expect(isExplained(figures)).toBe(true);
  expect(isExplained({ ...figures, differences: [{ ...difference, won: 39 }] })).toBe(false);
  expect(isExplained({ ...figures, differences: [] })).toBe(false);
});
