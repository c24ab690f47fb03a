import { expect, test } from "vitest";

import type { MonthStanding } from "../engine/contract";
import { isDue, type Moment } from "../engine/monthStanding";
import { goalOf } from "./goal";
import { readStanding, standingOn, totalOf } from "./keptStanding";

const standing: MonthStanding = {
  today: "2026-11-27",
  from: "2026-11-01",
  at_ms: 1_795_000_000_000,
  net: 2,
  premium_net_won: 50_000,
  target: { premium_won: 400_000, attainment_percent: 12.5, missing_won: 350_000 },
  rank: { place: 2, of: 3 },
  customers: 40,
};

test("a goal is told when it is reached, not before, and never less than nothing", () => {
  expect(goalOf(50_000, 400_000)).toEqual({ percent: 12, drawn: 0.125 });
  expect(goalOf(399_999, 400_000)?.percent).toBe(99);
  expect(goalOf(400_000, 400_000)).toEqual({ percent: 100, drawn: 1 });
  expect(goalOf(600_000, 400_000)).toEqual({ percent: 150, drawn: 1 });
  expect(goalOf(-10_000, 400_000)).toEqual({ percent: 0, drawn: 0 });
  expect(goalOf(50_000, 0)).toBeNull();
});

test("of a month that is over nothing is said", () => {
  expect(standingOn(standing, "2026-11-30")).toBe(standing);
  expect(standingOn(standing, "2026-12-01")).toBeNull();
  expect(standingOn(standing, undefined)).toBeNull();
  expect(standingOn(null, "2026-11-30")).toBeNull();
});

test("what cannot be read is as good as none", () => {
  expect(readStanding(JSON.stringify({ user: "kim", standing }))).toEqual({ user: "kim", standing });
  for (const text of [null, "null", "{}", JSON.stringify({ standing }), JSON.stringify({ user: "kim", standing: { from: "2026-11-01" } })]) {
    expect(readStanding(text), String(text)).toBeNull();
  }
});

test("how much is to come is what the hub says, and never less than what is there", () => {
  expect(totalOf({ received: 10, total: 0 }, null)).toBe(0);
  expect(totalOf({ received: 10, total: 0 }, standing)).toBe(40);
  expect(totalOf({ received: 41, total: 0 }, standing)).toBe(41);
  expect(totalOf({ received: 10, total: 50 }, standing)).toBe(50);
});

test.each<[string, Partial<Moment>, boolean]>([
  ["never without a hub", { toldMs: null, status: { online: false, unsent: 0 } }, false],
  ["first after an exchange that reached it", { toldMs: null }, true],
  ["while a first download runs", { toldMs: null, status: { online: false, unsent: 0, download: { received: 5, total: 0 } } }, true],
  ["not again at once where it was not told", { toldMs: null, askedMs: 999_000 }, false],
  ["again a minute later", { toldMs: null, askedMs: 940_000 }, true],
  ["not again once it was told", { toldMs: 999_000 }, false],
  ["after a sale that has arrived", { toldMs: 999_000, hasSold: true }, true],
  ["not while the sale waits", { toldMs: 999_000, hasSold: true, status: { online: true, unsent: 1 } }, false],
  ["after half an hour", { nowMs: 1_000_000 + 30 * 60_000, toldMs: 1_000_000 }, true],
])("the hub is asked %s", (_, moment, expected) => {
  const usual: Moment = { nowMs: 1_000_000, toldMs: 1_000_000, askedMs: null, hasSold: false, status: { online: true, unsent: 0 } };
  expect(isDue({ ...usual, ...moment })).toBe(expected);
});
