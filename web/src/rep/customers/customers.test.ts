import { expect, test, vi } from "vitest";

import { firstAt, initialPlace, INITIALS } from "./initials";
import { smsLink, telLink } from "./phones";

const NAMES = ["Ann", "Zoe", "李", "강수", "까치", "나라", "남궁민", "박수경", "하진", "힘찬"];

test.each(INITIALS.map((initial, place) => [initial, place] as const))("%s leads to its first name", async (_, place) => {
  const nameAt = vi.fn((index: number) => Promise.resolve(NAMES[index] ?? ""));
  const found = await firstAt(place, NAMES.length, nameAt);
  const expected = NAMES.findIndex((name) => initialPlace(name) >= place);
  expect(found).toBe(expected);
  expect(nameAt.mock.calls.length).toBeLessThanOrEqual(4);
});

test("the places of names rise with their order", () => {
  const places = NAMES.map(initialPlace);
  expect(places).toEqual([...places].sort((one, other) => one - other));
  expect(initialPlace("까치")).toBe(initialPlace("강수"));
  expect(initialPlace("")).toBe(-1);
});

test("links hold what a dialler takes", () => {
  expect(telLink("010-1234 5678")).toBe("tel:01012345678");
  expect(smsLink("+82 10-1234-5678")).toBe("sms:+821012345678");
  expect(telLink("<script>1</script>")).toBe("tel:1");
});
