import { expect, test } from "vitest";

import { growth, percent, wonExact, wonShort } from "./numbers";

test.each([
  [0, "0원"],
  [9_999, "9,999원"],
  [10_000, "1만"],
  [98_500, "9.9만"],
  [165_000, "16.5만"],
  [4_570_000, "457만"],
  [99_994_999, "9,999만"],
  [100_000_000, "1억"],
  [123_456_789, "1억 2,346만"],
  [199_999_999, "2억"],
  [1_234_567_890_123, "1.23조"],
  [250_000_000_000, "2,500억"],
  [-123_456_789, "−1억 2,346만"],
])("%d won in Korean, short: %s", (won, words) => {
  expect(wonShort(won, "ko")).toBe(words);
});

test("won in other languages, short and exact", () => {
  expect(wonShort(123_456_789, "en")).toBe("₩123.46M");
  expect(wonShort(-4_570_000, "en")).toBe("−₩4.57M");
  expect(wonShort(950, "en")).toBe("₩950");
  expect(wonShort(123_456_789, "zh")).toBe("1.23亿");
  expect(wonExact(123_456_789, "ko")).toBe("123,456,789원");
  expect(wonExact(-1_000, "en")).toBe("−₩1,000");
  expect(wonExact(1_000, "zh")).toBe("1,000韩元");
});

test("growth is told where there is something to compare with", () => {
  expect(growth(150, 100)).toBe(50);
  expect(growth(50, 100)).toBe(-50);
  expect(growth(50, -100)).toBe(150);
  expect(growth(50, 0)).toBeNull();
  expect(percent(12.345, "ko")).toBe("12.3%");
});
