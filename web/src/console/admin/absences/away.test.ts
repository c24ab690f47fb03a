import { expect, test } from "vitest";

import type { Absence, RepAbsences } from "../../../sdk/administration";
import { absentOf, counterpartOf, covers, hindranceOf, parted, standingOf, takenOut, undoOf, usualBack } from "./away";

const absence = (from: string, to: string | null = null, reason = "leave"): Absence => ({ from, to, reason });
const row = (version: string, ...absences: Absence[]): RepAbsences => ({ rep: "P1", name: "Kim", version, absences });

const SPRING = absence("2026-03-02", "2026-03-31");
const SUMMER = absence("2026-07-01");

test("an absence holds its first and last day, and one without an end every later day", () => {
  expect(["2026-03-01", "2026-03-02", "2026-03-31", "2026-04-01"].map((day) => covers(SPRING, day))).toEqual([false, true, true, false]);
  expect([covers(SUMMER, "2026-06-30"), covers(SUMMER, "2099-01-01")]).toEqual([false, true]);
});

test("somebody is away, will be, or is back; being back begins today, or takes out what never began", () => {
  expect(standingOf([SPRING, SUMMER], "2026-03-15")).toEqual({ is: "away" });
  expect(standingOf([SPRING, SUMMER], "2026-05-01")).toEqual({ is: "planned", from: "2026-07-01" });
  expect(standingOf([SPRING], "2026-05-01")).toEqual({ is: "back" });
  expect(usualBack([SPRING, SUMMER], "2026-08-15")).toBe("2026-08-15");
  expect(usualBack([SPRING, SUMMER], "2026-05-01")).toBe("2026-07-01");
});

test("what is over stands behind what is not; where all of it is over, the newest is shown", () => {
  const winter = absence("2026-01-05", "2026-01-09");
  expect(parted([winter, SPRING, SUMMER], "2026-05-01")).toEqual({ shown: [SUMMER], earlier: [SPRING, winter] });
  expect(parted([winter, SPRING], "2026-05-01")).toEqual({ shown: [SPRING], earlier: [winter] });
  expect(parted([winter, SPRING, SUMMER], "2026-03-31")).toEqual({ shown: [SPRING, SUMMER], earlier: [winter] });
});

test("what will not be taken is told while it is typed", () => {
  const draft = { rep: "P1", from: "2026-04-01", to: "2026-04-10", reason: "leave" };
  expect(hindranceOf(draft, [SPRING, SUMMER])).toBeNull();
  expect(hindranceOf({ ...draft, to: "2026-03-31" }, [])).toEqual({ is: "backwards" });
  expect(hindranceOf({ ...draft, from: "2026-03-31" }, [SPRING])).toEqual({ is: "overlap", with: SPRING });
  expect(hindranceOf({ ...draft, to: "" }, [SPRING, SUMMER])).toEqual({ is: "overlap", with: SUMMER });
  expect(hindranceOf({ ...draft, from: SPRING.from, to: "2026-05-01" }, [SPRING]), "one from the same day is replaced").toBeNull();
  // Bytes are counted, as the hub does: a syllable of Hangul has three.
  expect(hindranceOf({ ...draft, reason: "가".repeat(66) }, [])).toBeNull();
  expect(hindranceOf({ ...draft, reason: "가".repeat(67) }, [])).toEqual({ is: "reason" });
  expect(hindranceOf({ ...draft, from: "" }, [SPRING]), "no day yet").toBeNull();
});

test("what was typed is held against the absence that it replaces or runs into", () => {
  expect(counterpartOf({ from: "2026-07-01" }, [SPRING, SUMMER])).toEqual(SUMMER);
  expect(counterpartOf({ from: "2026-03-20", to: null }, [SPRING, SUMMER])).toEqual(SPRING);
  expect(counterpartOf({ from: "2026-01-20", to: "2026-03-02" }, [SPRING, SUMMER])).toEqual(SPRING);
  expect(counterpartOf({ from: "2026-05-01", to: "2026-05-02" }, [SPRING, SUMMER])).toBeUndefined();
});

test("an empty last day is none, and space around a reason is no part of it", () => {
  expect(absentOf({ rep: "P1", from: "2026-04-01", to: "", reason: " leave " })).toEqual({ from: "2026-04-01", to: null, reason: "leave" });
});

test("what was noted is taken back over what it led to", () => {
  const noting = { rep: "P1", absent: { from: "2026-07-01", to: null, reason: "leave" } };
  const after = row("v2", SPRING, SUMMER);
  expect(undoOf({ noting, before: row("v1", SPRING), after }), "a new one ends before it begins").toEqual({
    rep: "P1",
    version: "v2",
    back: "2026-07-01",
  });
  expect(undoOf({ noting, before: null, after })).toEqual({ rep: "P1", version: "v2", back: "2026-07-01" });
  const shorter = absence("2026-07-01", "2026-07-05", "flu");
  expect(undoOf({ noting, before: row("v1", SPRING, shorter), after }), "a changed one is as it was").toEqual({
    rep: "P1",
    version: "v2",
    absent: { from: "2026-07-01", to: "2026-07-05", reason: "flu" },
  });
  const back = { rep: "P1", back: "2026-07-20" };
  expect(undoOf({ noting: back, before: after, after: row("v3", SPRING, absence("2026-07-01", "2026-07-19")) }), "who is back is away again").toEqual({
    rep: "P1",
    version: "v3",
    absent: { from: "2026-07-01", to: null, reason: "leave" },
  });
});

test("an absence is taken out whole where somebody is back on its first day, and cut short on a later one", () => {
  const [before, after] = [row("v1", SPRING, SUMMER), row("v2", SPRING)];
  expect(takenOut({ noting: { rep: "P1", back: "2026-07-01" }, before, after })).toEqual(SUMMER);
  expect(takenOut({ noting: { rep: "P1", back: "2026-07-02" }, before, after })).toBeUndefined();
  expect(takenOut({ noting: { rep: "P1", absent: { from: "2026-07-01", reason: "leave" } }, before, after })).toBeUndefined();
});
