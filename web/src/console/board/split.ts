/** What the rows of a board are split by. Pure. */

/** The splits that are asked for; rows of the units below are what there is otherwise. */
export const SPLITS = ["product", "type", "day"] as const;
/** One of them. */
export type Split = (typeof SPLITS)[number];

/** The split that an address names. */
export function readSplit(word: unknown): Split | undefined {
  return SPLITS.find((split) => split === word);
}
