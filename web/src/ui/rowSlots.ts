/** Which element shows which row, while rows come and go. Pure but for what it remembers. */

/** The elements of the rows that are drawn, by number, from the first row to the last. */
export class RowSlots {
  #first = 0;
  #slots: readonly number[] = [];

  /**
   * The slots of so many rows, the first of them being `first`. A row that stays keeps its slot, so that focus stays
   * with it. Where most rows are other ones the slots stay in their order instead: moving an element costs as much as
   * making it, writing other words into it next to nothing.
   */
  over(first: number, count: number): readonly number[] {
    const shift = first - this.#first;
    const kept = this.#slots.slice(Math.max(0, shift), Math.max(0, count + Math.min(0, shift)));
    this.#slots = kept.length * 2 > count ? around(kept, Math.max(0, -shift), count, this.#slots) : inOrder(this.#slots, count);
    this.#first = first;
    return this.#slots;
  }
}

/** `kept` with slots before and after it, of those that show nothing any more. */
function around(kept: readonly number[], before: number, count: number, last: readonly number[]): readonly number[] {
  const free = unused(kept, last);
  const take = (howMany: number) => Array.from({ length: howMany }, () => free.next().value as number);
  return [...take(before), ...kept, ...take(count - before - kept.length)];
}

/** The slots as they are, some more or some fewer. */
function inOrder(slots: readonly number[], count: number): readonly number[] {
  const more = unused(slots, []);
  return [...slots, ...Array.from({ length: Math.max(0, count - slots.length) }, () => more.next().value as number)].slice(0, count);
}

/** Slots that are not `taken`: those of `last` first, then new ones. */
function* unused(taken: readonly number[], last: readonly number[]): Generator<number> {
  const known = new Set([...taken, ...last]);
  yield* last.filter((slot) => !taken.includes(slot));
  for (let slot = 0; ; slot++) if (!known.has(slot)) yield slot;
}
