import { expect, test } from "vitest";

import type { Setting } from "../../sdk/administration";
import { addressOf } from "../../sdk/address";
import { takeSetupToken } from "../session/setupToken";
import { orderOf, pointedAt } from "./organisation/orders";
import { readAbsences, readAudit, readDevices, readPeople } from "./searches";
import { changed, clashes, groupsOf, valueOf } from "./settings/draft";

const setting = (change: Partial<Setting>): Setting => ({
  key: "limits.boards",
  help: "",
  value: 200,
  default: 100,
  origin: "administrator",
  changeable: true,
  kind: "number",
  waits: false,
  ...change,
});

test("addresses carry what they mean and nothing else", () => {
  expect(readPeople({ text: 120, role: "hq", state: "gone", other: 1 })).toEqual({ text: "120", role: "hq" });
  expect(readDevices({ silent: 3, unsent: true, state: "revoked" })).toEqual({ silent: 3, unsent: true, state: "revoked" });
  expect(readDevices({ silent: 2, unsent: "yes" })).toEqual({});
  expect(readAudit({ from: "2026-13-01", to: "2026-06-01", user: "" })).toEqual({ to: "2026-06-01" });
  expect(readAbsences({ unit: 7, on: "today" })).toEqual({ unit: "7", on: "today" });
  expect([readAbsences({ on: "2026-02-29" }), readAbsences({ on: "2026-02-28" })]).toEqual([{}, { on: "2026-02-28" }]);
});

test("a question leaves out what is empty, and spells what is not", () => {
  expect(addressOf("/api", { text: "강남 & 종로", role: undefined, user: "", limit: 5, dry_run: false })).toBe(
    "/api?text=%EA%B0%95%EB%82%A8+%26+%EC%A2%85%EB%A1%9C&limit=5&dry_run=false",
  );
  expect(addressOf("/api")).toBe("/api");
});

test("an order has what its kind asks for, and nothing that was typed for another", () => {
  const draft = { kind: "move" as const, day: "2026-06-01", unit: " P1 ", to: "B2", name: "left over", units: "P9" };
  expect(orderOf(draft)).toEqual({ order: "move", unit: "P1", day: "2026-06-01", to: "B2" });
  expect(orderOf({ ...draft, kind: "split", name: "새 지점", units: " P1,P2\nP3 " })).toEqual({
    order: "split",
    unit: "P1",
    day: "2026-06-01",
    to: "B2",
    name: "새 지점",
    units: ["P1", "P2", "P3"],
  });
  expect(orderOf({ ...draft, kind: "close", to: " " })).toEqual({ order: "close", unit: "P1", day: "2026-06-01" });
  expect(pointedAt({ ...draft, kind: "hire" }, "B7")).toMatchObject({ unit: " P1 ", to: "B7" });
  expect(pointedAt(draft, "B7")).toMatchObject({ unit: "B7", to: "B2" });
});

test("what is typed back to what it was is no change", () => {
  const row = setting({});
  const draft = changed(new Map(), row, 300);
  expect([...draft]).toEqual([["limits.boards", 300]]);
  expect(changed(draft, row, 200).size).toBe(0);
  expect([...changed(draft, row, null)]).toEqual([["limits.boards", null]]);
  expect(changed(draft, setting({ origin: "default", value: 100 }), null).size).toBe(0);
});

test("a setting's text is read by its kind", () => {
  expect(valueOf({ kind: "number" }, "12")).toBe(12);
  expect(valueOf({ kind: "number" }, "12x")).toBeUndefined();
  expect(valueOf({ kind: "number" }, "")).toBeUndefined();
  expect(valueOf({ kind: "flag" }, "false")).toBe(false);
  expect(valueOf({ kind: "time" }, "23:30")).toBe("23:30");
});

test("settings are grouped, and both versions of a clash are found", () => {
  const [boards, level] = [setting({}), setting({ key: "log.level", value: "info" })];
  expect(groupsOf([boards, level, setting({ key: "zone" })]).map(([name, rows]) => [name, rows.length])).toEqual([
    ["limits", 1],
    ["log", 1],
    ["", 1],
  ]);
  const now = [boards, { ...level, value: "debug" }];
  expect(clashes(new Map([["limits.boards", 5]]), [boards, level], now).map(({ key }) => key)).toEqual(["limits.boards", "log.level"]);
  expect(clashes(new Map(), [boards, level], [boards, level])).toEqual([]);
});

test("a set-up link's token is taken out of the address at once", () => {
  const replaced: unknown[] = [];
  const past = { replaceState: (...all: unknown[]) => replaced.push(all[2]) };
  expect(takeSetupToken({ pathname: "/setup", hash: "#t=fb_9m-x.y~z" }, past)).toBe("fb_9m-x.y~z");
  expect(takeSetupToken({ pathname: "/setup", hash: "#t=<script>" }, past)).toBeNull();
  expect(replaced).toEqual(["/setup", "/setup"]);
  expect(takeSetupToken({ pathname: "/hq", hash: "#t=fb_9m" }, past)).toBeNull();
  expect(replaced).toHaveLength(2);
});
