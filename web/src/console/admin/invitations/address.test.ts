import { expect, test } from "vitest";

import { codeInWords, linkTo, pageOf, reachOf } from "./address";

test.each([
  ["https://hub.example.com", "fine"],
  [" https://hub.example.com/unit/nation ", "fine"],
  ["http://hub.example.com", "insecure"],
  ["http://192.168.0.7:8080", "insecure"],
  ["http://127.0.0.1:8080", "this-computer"],
  ["https://localhost", "this-computer"],
  ["http://[::1]:8080", "this-computer"],
  ["hub.example.com", "none"],
  ["javascript:alert(1)", "none"],
  ["https://", "none"],
  ["", "none"],
] as const)("%s is %s", (typed, reach) => {
  expect(reachOf(typed)).toBe(reach);
});

test("links hold the hub's address and path, and nothing of where one was", () => {
  expect(linkTo(" https://hub.example.com/unit/nation?by=day#x", "/rep/#pair=01234567")).toBe("https://hub.example.com/rep/#pair=01234567");
  expect(pageOf("https://hub.example.com:8443/")).toBe("https://hub.example.com:8443/rep/");
  expect(codeInWords("01234567")).toBe("0123 4567");
});
