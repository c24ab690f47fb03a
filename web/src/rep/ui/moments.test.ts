import { expect, test } from "vitest";

import { addDays, ageOn, bytesWords, daysBetween, monthStart, weekStart } from "./moments";

test("days move over the ends of months and years", () => {
  expect(addDays("2026-02-28", 1)).toBe("2026-03-01");
  expect(addDays("2027-01-01", -1)).toBe("2026-12-31");
  expect(daysBetween("2026-02-27", "2026-03-02")).toBe(3);
  expect(monthStart("2026-11-27")).toBe("2026-11-01");
});

test.each([
  ["2026-11-23", "2026-11-23"],
  ["2026-11-27", "2026-11-23"],
  ["2026-11-29", "2026-11-23"],
  ["2026-12-01", "2026-11-30"],
])("the week of %s begins on Monday %s", (day, monday) => {
  expect(weekStart(day)).toBe(monday);
});

test("one is a year older on the birthday, not before", () => {
  expect(ageOn("1990-11-27", "2026-11-26")).toBe(35);
  expect(ageOn("1990-11-27", "2026-11-27")).toBe(36);
  expect(ageOn("2027-01-01", "2026-11-27")).toBeNull();
  expect(ageOn("<script>", "2026-11-27")).toBeNull();
  expect(ageOn(null, "2026-11-27")).toBeNull();
});

test("sizes are told in the unit that fits", () => {
  expect(bytesWords(12_340, "ko")).toBe("12.3 KB");
  expect(bytesWords(2_500_000, "en")).toBe("2.5 MB");
});
