/** How long to wait before the next try, growing and a little different for everybody. */

/** The first wait. */
const FIRST_MS = 500;
/** The longest one: a hub that comes back is found within it. */
const LONGEST_MS = 5_000;
/** Every wait is between this share of itself and all of it, so that boards do not come back as one. */
const LEAST_SHARE = 0.5;

/** The wait before try `number` (from 0); `dice` is between 0 and 1. */
export function waitMs(number: number, dice: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(number, 16));
  return Math.round(full * (LEAST_SHARE + (1 - LEAST_SHARE) * dice));
}
