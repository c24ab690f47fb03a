import { expect, test } from "vitest";

import { fullMomentWords, spanWords } from "../frame/spans";
import { aheadBy, aheadNow, businessDay, wrongDay } from "./hubClock";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Noon in Seoul. */
const NOON = Date.parse("2026-11-27T03:00:00Z");

test.each([
  ["Fri, 27 Nov 2026 03:00:00 GMT", 0],
  ["Fri, 27 Nov 2026 03:02:00 GMT", 0],
  ["Fri, 27 Nov 2026 03:02:01 GMT", 121_000],
  ["Mon, 27 Nov 2023 03:00:00 GMT", -1_096 * DAY_MS],
  ["yesterday", null],
  [null, null],
])("an answer of %s tells how far the hub is ahead: %s ms", (date, aheadMs) => {
  expect(aheadBy(date, NOON)).toBe(aheadMs);
});

test("business days begin at midnight in Seoul", () => {
  expect(businessDay(Date.parse("2026-11-26T14:59:59Z"))).toBe("2026-11-26");
  expect(businessDay(Date.parse("2026-11-26T15:00:00Z"))).toBe("2026-11-27");
});

test.each([
  [0, null],
  [3 * HOUR_MS, null],
  [12 * HOUR_MS, "2026-11-27"],
  [-DAY_MS, "2026-11-27"],
])("with the hub %s ms ahead at noon this device's day, where it is a wrong one, is %s", (aheadMs, day) => {
  expect(wrongDay(NOON, aheadMs)).toBe(day);
});

test.each([
  ["a minute later", 60_000, 60_000, -DAY_MS],
  ["after a night in which the phone's time stood still", 10 * HOUR_MS, 60_000, -DAY_MS],
  ["once somebody set the clock back", -DAY_MS, 60_000, 0],
  ["once somebody set it years ahead", 1_461 * DAY_MS, 60_000, 0],
])("what was heard of the hub's clock holds %s, or is forgotten", (_, wallMs, sinceMs, aheadMs) => {
  const heard = { aheadMs: -DAY_MS, heardMs: NOON, sinceMs: 5_000 };
  expect(aheadNow(heard, NOON + wallMs, 5_000 + sinceMs)).toBe(aheadMs);
  expect(aheadNow(null, NOON + wallMs, sinceMs)).toBe(0);
});

test.each([
  [1_096 * DAY_MS, "3 years", "3년"],
  [26 * HOUR_MS, "1 day", "1일"],
  [5 * HOUR_MS, "5 hours", "5시간"],
  [121_000, "2 minutes", "2분"],
])("a span of %s ms is %s", (ms, english, korean) => {
  expect(spanWords(ms, "en")).toBe(english);
  expect(spanWords(ms, "ko")).toBe(korean);
});

test("a moment that may be years away is told with its year", () => {
  expect(fullMomentWords(NOON, "ko")).toContain("2026");
});
