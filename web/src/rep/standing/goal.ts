/** How far a month has come. Pure. */

/** The share of a target that is reached. */
export interface Goal {
  /** Whole percent, rounded down: 100 is told when it is reached. */
  readonly percent: number;
  /** The share of the ring that is drawn, 0 to 1. */
  readonly drawn: number;
}

/** The share; nothing where there is nothing to reach. */
export function goalOf(reachedWon: number, targetWon: number): Goal | null {
  if (targetWon <= 0) return null;
  const share = Math.max(0, reachedWon) / targetWon;
  return { percent: Math.floor((Math.max(0, reachedWon) * 100) / targetWon), drawn: Math.min(1, share) };
}
