import { expect, test, vi } from "vitest";

import { type Book, BookProblem } from "../engine/book";
import type { SyncStatus } from "../engine/contract";
import { chipWords } from "../frame/chipWords";
import type { Say } from "../words/useSay";
import { Answers, MOST_KEPT } from "./answers";
import { problemWords, wordsOf } from "./problemWords";

/** A book that answers when it is told to. */
function slowBook() {
  const asked: { done: (value: unknown) => void; fail: (error: unknown) => void }[] = [];
  const call = vi.fn(() => new Promise<never>((done, fail) => asked.push({ done: done as (value: unknown) => void, fail })));
  const book: Book = { first: { kind: "starting" }, call, listen: () => () => undefined };
  return { book, asked, call };
}

test("an old answer stays in sight while it is asked again, and once more for changes meanwhile", async () => {
  const { book, asked, call } = slowBook();
  const answers = new Answers(book);
  const listener = vi.fn();
  answers.watch("clashes", [], listener);
  asked[0]?.done(["old"]);
  await vi.waitFor(() => expect(answers.held("clashes", []).value).toEqual(["old"]));
  answers.changed();
  answers.changed();
  expect(call).toHaveBeenCalledTimes(2);
  expect(answers.held("clashes", []).value).toEqual(["old"]);
  asked[1]?.done(["newer"]);
  await vi.waitFor(() => expect(call).toHaveBeenCalledTimes(3));
  asked[2]?.done(["newest"]);
  await vi.waitFor(() => expect(answers.held("clashes", []).value).toEqual(["newest"]));
  expect(listener).toHaveBeenCalledTimes(3);
});

test("a failure stands beside the old answer, and a closed book leaves nothing", async () => {
  const { book, asked } = slowBook();
  const answers = new Answers(book);
  answers.watch("tray", [], () => undefined);
  asked[0]?.done([]);
  await vi.waitFor(() => expect(answers.held("tray", []).value).toEqual([]));
  answers.changed();
  asked[1]?.fail({ code: "STORE-FULL", message: "full", retry: true });
  await vi.waitFor(() => expect(answers.held("tray", []).problem?.code).toBe("STORE-FULL"));
  expect(answers.held("tray", []).value).toEqual([]);
  answers.forget();
  expect(answers.held("tray", [])).toEqual({});
});

test("answers that nobody shows are asked again only when they are shown, and only so many are kept", async () => {
  const { book, asked, call } = slowBook();
  const answers = new Answers(book);
  answers.watch("tray", [], () => undefined)();
  asked[0]?.done([]);
  await vi.waitFor(() => expect(answers.held("tray", []).value).toEqual([]));
  answers.changed();
  expect(call).toHaveBeenCalledTimes(1);
  for (let number = 0; number < MOST_KEPT; number += 1) answers.watch("history", [{ id: String(number) }], () => undefined)();
  expect(answers.held("tray", [])).toEqual({});
});

const say: Say = (id) => id;

test.each([
  ["PIN-WAIT", "problem.pin-wait"],
  ["PIN-WRONG", "problem.pin"],
  ["STORE-FULL", "problem.full"],
  ["STORE-LOCKED", "problem.store"],
  ["SYNC-DEVICE-REVOKED", "problem.revoked"],
  ["SYNC-BUSY", "problem.hub"],
  ["NEVER-HEARD-OF", "problem.other"],
])("%s has words, and is told with its code", (code, words) => {
  expect(wordsOf({ code })).toBe(words);
  expect(problemWords({ code }, say)).toBe(`${words} (${code})`);
});

test("anything that was thrown is a problem with a code", () => {
  expect(BookProblem.from({ code: "STORE-FULL", message: "", retry: true })).toMatchObject({ code: "STORE-FULL", retry: true });
  expect(BookProblem.from(new TypeError("x"))).toMatchObject({ code: "APP-FAILED", retry: false, message: "x" });
  expect(BookProblem.from(null).code).toBe("APP-FAILED");
});

const STATUS: SyncStatus = {
  chip: "synced", unsent: 0, closedDays: [], attention: 0, clashes: 0, tray: 0, signInNeeded: false, online: true, lastContact: null, lastSent: null,
  lastReceived: null, bytesUp: 0, bytesDown: 0, persisted: null, usage: null,
};

test.each<[Partial<SyncStatus>, string]>([
  [{}, "chip.synced"],
  [{ lastContact: "2026-11-27T00:00:00Z" }, "chip.synced-at"],
  [{ chip: "sending" }, "chip.sending"],
  [{ chip: "sending", unsent: 2 }, "chip.sending-some"],
  [{ chip: "offline" }, "chip.offline"],
  [{ chip: "offline", unsent: 1 }, "chip.offline-some"],
  [{ chip: "attention", attention: 2 }, "chip.attention"],
  [{ chip: "attention", signInNeeded: true }, "chip.sign-in"],
  [{ chip: "problem" }, "chip.problem"],
])("the chip of %o says %s", (part, words) => {
  expect(chipWords({ ...STATUS, ...part }, say, "ko", 0)).toBe(words);
});
