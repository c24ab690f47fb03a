import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Clash } from "../engine/contract";
import { choices, choose, clashKey, forget, onChoice, takeBack, writeChoices } from "./choices";

const UNTIL_MS = 1_000;

const write = () => vi.fn(() => Promise.resolve());

/** A clash between these values. */
function clash(...values: string[]): Clash {
  const by = { author: "P1", device: "d", at: "2026-11-27T00:00:00Z" };
  return { document: "c", kind: "customer", title: "김철수", field: "occupation", values: values.map((value, at) => ({ value, shown: at === 0, ...by })) };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
});
afterEach(async () => {
  await writeChoices();
  for (const key of choices().keys()) forget(key);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("a choice is written once, when it cannot be taken back any more", () => {
  const [written, heard] = [write(), vi.fn()];
  const end = onChoice(heard);
  choose("a", "교사", written, UNTIL_MS);
  expect([...choices()]).toEqual([["a", "교사"]]);
  vi.advanceTimersByTime(UNTIL_MS - 1);
  expect(written).not.toHaveBeenCalled();
  vi.advanceTimersByTime(UNTIL_MS);
  expect(written).toHaveBeenCalledTimes(1);
  expect(takeBack("a")).toBe(false);
  expect(heard).toHaveBeenCalledTimes(1);
  end();
});

test("one that is taken back is never written, and another may be made", () => {
  const [first, second] = [write(), write()];
  choose("a", "교사", first, UNTIL_MS);
  expect(takeBack("a")).toBe(true);
  expect(choices().size).toBe(0);
  choose("a", "의사", second, UNTIL_MS);
  vi.advanceTimersByTime(UNTIL_MS);
  expect(first).not.toHaveBeenCalled();
  expect(second).toHaveBeenCalledTimes(1);
});

test("the next choice writes the one before, whose way back is gone", () => {
  const [first, second] = [write(), write()];
  choose("a", "교사", first, UNTIL_MS);
  choose("b", "의사", second, UNTIL_MS);
  expect(first).toHaveBeenCalledTimes(1);
  expect(second).not.toHaveBeenCalled();
});

test("an app that goes out of sight may not come back: what waits is written", () => {
  const written = write();
  choose("a", "교사", written, UNTIL_MS);
  document.dispatchEvent(new Event("visibilitychange"));
  expect(written).not.toHaveBeenCalled();
  Object.assign(document, { visibilityState: "hidden" });
  document.dispatchEvent(new Event("visibilitychange"));
  document.dispatchEvent(new Event("visibilitychange"));
  expect(written).toHaveBeenCalledTimes(1);
});

test("a clash is another one once a value has come, and the same whichever is shown", () => {
  expect(clashKey(clash("교사", "의사"))).toBe(clashKey(clash("의사", "교사")));
  expect(clashKey(clash("교사", "의사"))).not.toBe(clashKey(clash("교사", "의사", "농부")));
});
