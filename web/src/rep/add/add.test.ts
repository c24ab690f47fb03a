import { expect, test } from "vitest";

import { type Key, MOST_WON, pressed, recentAmounts, typedAmount } from "./amount";
import { inOrder } from "./lastUsed";
import { nextDay } from "./outcomes";

const after = (...keys: Key[]) => keys.reduce(pressed, 0);

test("a premium is typed in few keys", () => {
  expect(after("1", "2", "man")).toBe(120_000);
  expect(after("4", "5", "0", "0", "0")).toBe(45_000);
  expect(after("1", "2", "man", "back")).toBe(12_000);
  expect(after("man")).toBe(0);
  expect(after("back")).toBe(0);
});

test("no key makes it larger than a premium can be", () => {
  expect(after("9", "man", "man", "man")).toBe(900_000_000);
  expect(pressed(MOST_WON, "0")).toBe(MOST_WON);
});

test.each([
  ["12만", 120_000],
  ["120,000", 120_000],
  ["₩ 45000원", 45_000],
  ["-5", 0],
  ["<script>", 0],
  ["99999999999999999999", 0],
  ["", 0],
])("%s is %d won", (text, won) => {
  expect(typedAmount(text)).toBe(won);
});

test("recent amounts come once each", () => {
  expect(recentAmounts([50_000, 30_000, 50_000, 0, 70_000, 90_000], 3)).toEqual([50_000, 30_000, 70_000]);
});

test("what was used last comes first", () => {
  expect(inOrder("call")).toEqual(["call", "sale", "visit", "customer"]);
  expect(inOrder("<script>")).toEqual(["sale", "visit", "call", "customer"]);
});

test.each([
  [null, undefined],
  ["tomorrow", "2027-01-01"],
  ["week", "2027-01-07"],
  ["calendar", "2027-02-03"],
  ["nothing", null],
] as const)("after choosing %s one meets on %s", (next, day) => {
  expect(nextDay(next, "2026-12-31", "2027-02-03")).toBe(day);
});

test("a calendar that was left empty changes nothing", () => {
  expect(nextDay("calendar", "2026-12-31", "")).toBeUndefined();
});
