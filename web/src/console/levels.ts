/** The levels of the organisation. Pure. */

/** From the top down. */
export const LEVELS = ["nation", "region", "branch", "rep"] as const;
/** One of them. */
export type Level = (typeof LEVELS)[number];

/** The whole company's code. */
export const NATION = "nation";

/** The level that the hub names by a word. */
export function levelOf(word: string): Level {
  return LEVELS.find((level) => level === word) ?? "rep";
}

/** The next one down; none below a rep. */
export function levelBelow(level: Level): Level | null {
  return LEVELS[LEVELS.indexOf(level) + 1] ?? null;
}
