import { expect, test } from "vitest";

import { placed } from "./board/tiles";
import { unitRows } from "./board/unitRows";
import { addDays, clockIn, dayIn, daysBetween, isDay } from "./days";
import { type KeyAction, KeyReader, type Press } from "./keys/keyReader";
import { mixOf } from "./mix/mixOf";
import { before, periodOf, presetSearch, readPeriod, sameWeekdays } from "./period";
import { readPreferences } from "../ui/preferences/preferences";
import { found } from "./search/found";
import { differing, NONE, sumOf } from "./sums";
import { weeklyMean } from "./trend/mean";

test("days are those of the calendar, in the company's zone", () => {
  expect(isDay("2026-02-29")).toBe(false);
  expect(isDay("2028-02-29")).toBe(true);
  expect(isDay("2026-2-1")).toBe(false);
  expect(addDays("2026-03-01", -1)).toBe("2026-02-28");
  expect(daysBetween("2026-02-27", "2026-03-02")).toBe(4);
  const justAfterMidnight = Date.parse("2026-06-01T15:00:05Z");
  expect(dayIn("Asia/Seoul", justAfterMidnight)).toBe("2026-06-02");
  expect(clockIn("Asia/Seoul", justAfterMidnight)).toBe("00:00:05");
});

test("an address means days, and nothing but days", () => {
  expect(periodOf({}, "2026-06-10")).toEqual({ from: "2026-06-10", to: "2026-06-10" });
  expect(periodOf({ from: "2026-06-03", to: "2026-06-01" }, "2026-06-10")).toEqual({ from: "2026-06-01", to: "2026-06-03" });
  expect(readPeriod({ from: "2026-06-01", to: "x'" })).toEqual({ from: "2026-06-01" });
  expect(readPeriod({ from: "now" })).toEqual({});
  expect(presetSearch("month", "2026-06-10")).toEqual({ from: "2026-06-01", to: "2026-06-10" });
});

test("days are compared with as many before, and with the same weekdays", () => {
  expect(before({ from: "2026-06-03", to: "2026-06-04" })).toEqual({ from: "2026-06-01", to: "2026-06-02" });
  expect(sameWeekdays({ from: "2026-06-03", to: "2026-06-03" })).toEqual({ from: "2026-05-27", to: "2026-05-27" });
  expect(sameWeekdays({ from: "2026-06-01", to: "2026-06-10" }).from).toBe("2026-05-18");
});

test("parts make up their whole, or the field that differs is named", () => {
  const rows = [
    { ...NONE, net: 2, premium_net_won: 100 },
    { ...NONE, net: -1, premium_net_won: 50 },
  ];
  const sum = sumOf(rows);
  expect(differing(sum, { ...NONE, net: 1, premium_net_won: 150 })).toEqual([]);
  expect(differing(sum, { ...NONE, net: 1, premium_net_won: 151 })).toEqual(["premium_net_won"]);
});

test("a board shows units without sales and units that have moved away", () => {
  const sales = { ...NONE, net: 3 };
  const rows = unitRows([{ unit: "B1", name: "강남" }, { unit: "B2", name: "종로" }], [
    { unit: "B2", name: "종로", ...sales },
    { unit: "B9", name: "옛 지점", ...sales },
  ]);
  expect(rows.map(({ unit, net }) => [unit, net])).toEqual([["B1", 0], ["B2", 3], ["B9", 3]]);
});

test("a map is drawn where every region has a place of its own", () => {
  expect(placed([{ name: "서울" }, { name: "부산지역본부" }])?.length).toBe(2);
  expect(placed([{ name: "서울" }, { name: "화성" }])).toBeNull();
  expect(placed([{ name: "서울 1" }, { name: "서울 2" }])).toBeNull();
});

test("a mix has units and types by size", () => {
  const row = (unit: string, type: string, premium_net_won: number) => ({ unit, name: unit, type, premium_net_won });
  const mix = mixOf([row("R1", "life", 10), row("R2", "life", 5), row("R2", "term", 30)]);
  expect(mix.units.map(({ unit, sum }) => [unit, sum])).toEqual([["R2", 35], ["R1", 10]]);
  expect(mix.types).toEqual(["term", "life"]);
});

test("a weekly mean begins when a week is full", () => {
  const points = Array.from({ length: 9 }, (_, index) => ({ day: String(index), value: index }));
  expect(weeklyMean(points)).toEqual([null, null, null, null, null, null, 3, 4, 5]);
});

test("units are found by name and code, beginnings first", () => {
  const units = [
    { unit: "B1", name: "신강남" },
    { unit: "B2", name: "강남" },
    { unit: "P1", name: "김" },
  ];
  expect(found(units, "강남").map(({ unit }) => unit)).toEqual(["B2", "B1"]);
  expect(found(units, "p1").map(({ unit }) => unit)).toEqual(["P1"]);
  expect(found(units, " ")).toEqual([]);
});

test("preferences that cannot be read are the usual ones", () => {
  expect(readPreferences("{", ["en-US"]).language).toBe("en");
  expect(readPreferences('{"language":"xx","theme":"dark"}', ["fr"])).toMatchObject({ language: "ko", theme: "dark" });
});

test("keys do what the list says, alone and in pairs, on a Korean keyboard too", () => {
  const reader = new KeyReader();
  const press = (key: string, nowMs: number, more: Partial<Press> = {}): KeyAction | null =>
    reader.press(
      { key, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, defaultPrevented: false, target: null, ...more },
      nowMs,
    );
  expect(press("j", 0)).toBe("next");
  expect(press("ㅓ", 0)).toBe("next");
  expect(press("ㅓ", 0, { isComposing: true })).toBeNull();
  expect(press("j", 0, { ctrlKey: true })).toBeNull();
  expect([press("g", 0), press("h", 500)]).toEqual([null, "nation"]);
  expect([press("g", 1_000), press("h", 5_000)]).toEqual([null, null]);
  expect(press("h", 6_000)).toBeNull();
});
