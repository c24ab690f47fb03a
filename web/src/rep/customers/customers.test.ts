import { expect, test, vi } from "vitest";

import type { TimelineLine } from "../engine/contract";
import { deviceWords } from "../words/names";
import type { Say } from "../words/useSay";
import { firstAt, initialPlace, INITIALS } from "./initials";
import { smsLink, telLink } from "./phones";
import { timelineWords } from "./timelineWords";

const NAMES = ["ㄴ", "강수", "까치", "나라", "남궁민", "박수경", "하진", "힘찬", "Ann", "李"];

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
  expect(initialPlace("")).toBe(INITIALS.length);
  expect(INITIALS.map(initialPlace)).toEqual(INITIALS.map(() => -1));
});

test("links hold what a dialler takes", () => {
  expect(telLink("010-1234 5678")).toBe("tel:01012345678");
  expect(smsLink("+82 10-1234-5678")).toBe("sms:+821012345678");
  expect(telLink("<script>1</script>")).toBe("tel:1");
});

test("a timeline's lines are said in the reader's language", () => {
  const say: Say = (id, values) => `${id}${values ? JSON.stringify(values) : ""}`;
  const products = [{ code: "WL01", name: "종신", type: "life" }];
  const line = (kind: TimelineLine["kind"], text: string) =>
    timelineWords({ at: "", kind, text, author: "", document: "" }, products, say, "ko");
  expect(line("contact", "2026-03-01 visit: 만남 · 연금")).toBe("add.visit: 만남 · 연금");
  expect(line("contact", "2026-03-01 message · 보냄")).toBe("contact.message · 보냄");
  expect(line("contact", "아무 말")).toBe("아무 말");
  expect(line("policy", "WL01 120000")).toBe("종신 · 120,000원");
  expect(line("policy", "XX99 1")).toBe("XX99 · 1원");
  expect(line("edit", "name address.city")).toBe('activity.edit{"fields":"field.name, field.address.city"}');
  expect(line("note", "<b>x</b>")).toBe("<b>x</b>");
});

test("a device is told by the first characters of its id, the hub's own by name", () => {
  const say: Say = (id, values) => `${id} ${String(values?.["id"] ?? "")}`;
  expect(deviceWords("6ed26c03efa7aae31233f11c514edf63", say)).toBe("clash.device 6ED2");
  expect(deviceWords("0".repeat(32), say)).toBe("clash.hub ");
});
