/** A premium, typed on a keypad. Pure. */

/** No premium is larger: 999 억. */
export const MOST_WON = 99_900_000_000;
const TEN_THOUSAND = 10_000;

/** Keys of the pad, in their rows of three. */
export const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "man", "0", "back"] as const;
/** One of them. */
export type Key = (typeof KEYS)[number];

/** The amount after a key; one that would make it too large changes nothing. */
export function pressed(won: number, key: Key): number {
  if (key === "back") return Math.floor(won / 10);
  const next = key === "man" ? won * TEN_THOUSAND : won * 10 + Number(key);
  return next > MOST_WON ? won : next;
}

/** What was typed or pasted into the line: digits, and 만 for ten thousands. */
export function typedAmount(text: string): number {
  const clean = text.replace(/[,\s원₩]/g, "");
  const digits = Number((/^\d+/.exec(clean) ?? ["0"])[0]);
  const won = /^\d+[만万]/.test(clean) ? digits * TEN_THOUSAND : digits;
  return Number.isSafeInteger(won) && won <= MOST_WON ? won : 0;
}

/** The amounts used last, each once. */
export function recentAmounts(premiums: readonly number[], most: number): number[] {
  return [...new Set(premiums.filter((won) => won > 0))].slice(0, most);
}
