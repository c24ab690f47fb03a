import { expect, test, vi } from "vitest";

import { codeIn, takePairingCode, typedCode } from "./pairingCode";
import { isEasy, typedPin } from "./pin";

test.each([
  ["https://hub.example/rep/#pair=12345678", "12345678"],
  [" 87654321 ", "87654321"],
  ["https://hub.example/rep/#pair=1234567", null],
  ["https://hub.example/rep/#pair=123456789", null],
  ["WIFI:S:cafe;", null],
])("a scanned %s is the code %s", (text, code) => {
  expect(codeIn(text)).toBe(code);
});

test("people put spaces and dashes between digits", () => {
  expect(typedCode("1234-56 78 9")).toBe("12345678");
  expect(typedPin("12 34가56")).toBe("123456");
});

test("the code leaves the address at once", () => {
  const replaceState = vi.fn();
  const place = { pathname: "/rep/", search: "", hash: "#pair=12345678" };
  expect(takePairingCode(place, { replaceState })).toBe("12345678");
  expect(replaceState).toHaveBeenCalledWith(null, "", "/rep/");
  replaceState.mockClear();
  expect(takePairingCode({ ...place, hash: "#other" }, { replaceState })).toBeNull();
  expect(replaceState).not.toHaveBeenCalled();
});

test.each(["123456", "654321", "890123", "000000", "121212", "123123"])("%s is tried first by anybody", (pin) => {
  expect(isEasy(pin)).toBe(true);
});

test.each(["284917", "112358", "190827"])("%s is not", (pin) => {
  expect(isEasy(pin)).toBe(false);
});
