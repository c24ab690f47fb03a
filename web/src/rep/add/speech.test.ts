import { expect, test, vi } from "vitest";

import { listen, type Recogniser, type Recognition, recogniserOf, withHeard } from "./speech";

/** A browser's recogniser that says it is so far. */
function made(is: string | Error, knowsLocal = true): { recogniser: Recogniser; available: ReturnType<typeof vi.fn>; all: Recognition[] } {
  const all: Recognition[] = [];
  const available = vi.fn(() => (is instanceof Error ? Promise.reject(is) : Promise.resolve(is)));
  const recogniser = function (this: Recognition) {
    all.push(this);
  } as unknown as Recogniser;
  const methods = { start: vi.fn(), stop: vi.fn(), abort: vi.fn() };
  Object.assign(recogniser.prototype, methods, knowsLocal ? { processLocally: false } : {});
  return { recogniser: Object.assign(recogniser, { available }), available, all };
}

test("a browser that recognises speech on the device is asked for the language, and for nothing but the device", async () => {
  const { recogniser, available } = made("available");
  expect(await recogniserOf({ SpeechRecognition: recogniser }, "ko-KR")).toBe(recogniser);
  expect(await recogniserOf({ webkitSpeechRecognition: recogniser }, "ko-KR")).toBe(recogniser);
  expect(available).toHaveBeenCalledWith({ langs: ["ko-KR"], processLocally: true });
});

test("where what is heard could go elsewhere, nothing listens", async () => {
  for (const is of ["downloadable", "downloading", "unavailable", new Error("not allowed")]) {
    expect(await recogniserOf({ SpeechRecognition: made(is).recogniser }, "ko-KR"), String(is)).toBeNull();
  }
  const old = made("available", false);
  expect(await recogniserOf({ SpeechRecognition: old.recogniser }, "ko-KR"), "it does not know the word").toBeNull();
  expect(await recogniserOf({}, "ko-KR")).toBeNull();
});

test("what was said is told once it is certain, and how it ended", () => {
  const { recogniser, all } = made("available");
  const heard = vi.fn();
  const ended = vi.fn();
  listen(recogniser, "ko-KR", heard, ended);
  const [recognition] = all;
  if (!recognition) throw new Error("nothing listens");
  expect([recognition.lang, recognition.processLocally]).toEqual(["ko-KR", true]);
  const result = (transcript: string, isFinal: boolean) => Object.assign([{ transcript }], { isFinal });
  recognition.onresult?.({ resultIndex: 1, results: [result("옛것", true), result(" 연금 상담 ", true), result("그리고", false)] });
  expect(heard.mock.calls).toEqual([["연금 상담"]]);
  recognition.onerror?.({ error: "no-speech" });
  recognition.onend?.();
  recognition.onerror?.({ error: "not-allowed" });
  recognition.onend?.();
  expect(ended.mock.calls).toEqual([[false], [true]]);
});

test("what was said comes after what was typed", () => {
  expect(withHeard("", "연금")).toBe("연금");
  expect(withHeard("자녀", "연금")).toBe("자녀 연금");
  expect(withHeard("자녀\n", "연금")).toBe("자녀\n연금");
});
