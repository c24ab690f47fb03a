import { describe, expect, test } from "vitest";

import { RowSlots } from "./rowSlots";

/** Which slot each row has. */
function shown(slots: RowSlots, first: number, count: number): Map<number, number> {
  return new Map(slots.over(first, count).map((slot, position) => [first + position, slot]));
}

describe("the slots of rows", () => {
  test("a row that stays keeps its slot, and what left gives its slot to what came", () => {
    const slots = new RowSlots();
    const before = shown(slots, 10, 6);
    const down = shown(slots, 12, 6);
    for (const row of [12, 13, 14, 15]) expect(down.get(row)).toBe(before.get(row));
    expect(new Set(down.values())).toEqual(new Set(before.values()));
    const up = shown(slots, 11, 6);
    for (const row of [12, 13, 14, 15, 16]) expect(up.get(row)).toBe(down.get(row));
    expect(new Set(up.values())).toEqual(new Set(before.values()));
  });

  test("after a jump the slots stay in their order", () => {
    const slots = new RowSlots();
    const before = slots.over(0, 6);
    expect(slots.over(40, 6)).toEqual(before);
    expect(slots.over(44, 6)).toEqual(before);
  });

  test("no slot shows two rows, whatever comes after what", () => {
    const slots = new RowSlots();
    const ranges = [[0, 5], [1, 7], [3, 4], [2, 6], [90, 8], [89, 3], [88, 9], [0, 0], [5, 5], [4, 6]] as const;
    for (const [first, count] of ranges) {
      const taken = slots.over(first, count);
      expect(taken).toHaveLength(count);
      expect(new Set(taken).size).toBe(count);
    }
  });

  test("asked twice it answers the same", () => {
    const slots = new RowSlots();
    slots.over(0, 10);
    expect(slots.over(3, 9)).toEqual(slots.over(3, 9));
  });
});
