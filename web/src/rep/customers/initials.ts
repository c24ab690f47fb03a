/** The rail: where names with an initial begin in a list by name. */
import { getChoseong } from "es-hangul";

/** Initials that names are looked up by; doubled ones stand with their single one, all else after them. */
export const INITIALS = ["ㄱ", "ㄴ", "ㄷ", "ㄹ", "ㅁ", "ㅂ", "ㅅ", "ㅇ", "ㅈ", "ㅊ", "ㅋ", "ㅌ", "ㅍ", "ㅎ"] as const;

const SINGLE: Record<string, string> = { ㄲ: "ㄱ", ㄸ: "ㄷ", ㅃ: "ㅂ", ㅆ: "ㅅ", ㅉ: "ㅈ" };

/**
 * The place of a name's initial among [`INITIALS`], as lists are in order: single letters come before all syllables
 * (-1), what is no Hangul after them.
 */
export function initialPlace(name: string): number {
  const first = name.trim().slice(0, 1);
  if (/^[ㄱ-ㆎ]/.test(first)) return -1;
  if (!/^[가-힣]/.test(first)) return INITIALS.length;
  const initial = getChoseong(first);
  return INITIALS.findIndex((one) => one === (SINGLE[initial] ?? initial));
}

/** The first of `total` names, in order, whose initial is this one or a later one. Asks for about log2 of them. */
export async function firstAt(initial: number, total: number, nameAt: (index: number) => Promise<string>): Promise<number> {
  let [low, high] = [0, total];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (initialPlace(await nameAt(middle)) < initial) low = middle + 1;
    else high = middle;
  }
  return low;
}
