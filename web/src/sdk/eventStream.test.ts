import { expect, test } from "vitest";

import { EventParser, LONGEST_EVENT } from "./eventStream";

const STREAM = ": hello\n\nevent: figures\ndata: {\"a\":\ndata: 1}\n\r\n\r\nevent:end\r\ndata:SYNC-SIGN-IN\r\n\r\ndata: 강남\n\n";
const EVENTS = [
  { name: "figures", data: '{"a":\n1}' },
  { name: "end", data: "SYNC-SIGN-IN" },
  { name: "message", data: "강남" },
];

test("events are the same wherever the stream is cut", () => {
  for (let size = 1; size <= STREAM.length; size++) {
    const parser = new EventParser();
    const events = [];
    for (let at = 0; at < STREAM.length; at += size) events.push(...parser.push(STREAM.slice(at, at + size)));
    expect(events, `pieces of ${size}`).toEqual(EVENTS);
  }
});

test("signs of life and names without data are no events", () => {
  const parser = new EventParser();
  expect(parser.push(":\n\nevent: figures\n\n")).toEqual([]);
  expect(parser.push("data: x\n\n")).toEqual([{ name: "message", data: "x" }]);
});

test("an event that is not finished is none", () => {
  expect(new EventParser().push("data: x\n")).toEqual([]);
});

test("an event without end is refused", () => {
  expect(() => new EventParser().push(`data: ${"x".repeat(LONGEST_EVENT)}`)).toThrow(RangeError);
});
