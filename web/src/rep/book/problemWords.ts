/** Problems in plain words: what happened, what is safe, what to do, and the code. Pure. */
import type { Say } from "../words/useSay";
import type { WordId } from "../words/words";

/** What is known of a problem. */
interface Told {
  readonly code: string;
  readonly retry?: boolean;
}

/** Words by the beginning of a code; the first that fits. */
const WORDS: readonly (readonly [string, WordId])[] = [
  ["PIN-WAIT", "problem.pin-wait"],
  ["PIN", "problem.pin"],
  ["PAIR-CODE", "problem.code"],
  ["WRONG-PASSWORD", "problem.password"],
  ["SIGN-IN-NEEDED", "problem.sign-in"],
  ["OFFLINE", "problem.unreachable"],
  ["NO-ANSWER", "problem.unreachable"],
  ["SYNC-SLOW", "problem.slow-down"],
  ["SYNC-SIGN-IN", "problem.sign-in"],
  ["SYNC-DEVICE-REVOKED", "problem.revoked"],
  ["SYNC-UPGRADE", "problem.upgrade"],
  ["SYNC", "problem.hub"],
  ["INSECURE-PAGE", "problem.insecure"],
  ["STORE-FULL", "problem.full"],
  ["STORE-TOO-NEW", "problem.too-new"],
  ["STORE-DAMAGED", "problem.damaged"],
  ["STORE", "problem.store"],
  ["UNSENT-WORK", "problem.unsent"],
  ["UNDO-GONE", "problem.undo"],
  ["BAD-VALUE", "problem.value"],
  ["DAY-TO-COME", "problem.day"],
  ["READ-ONLY", "problem.read-only"],
  ["UNKNOWN", "problem.gone"],
  ["ENGINE-FAULT", "problem.engine"],
];

/** The message for a code. */
export function wordsOf({ code, retry = false }: Told): WordId {
  const known = WORDS.find(([start]) => code.startsWith(start));
  return known?.[1] ?? (retry ? "problem.again" : "problem.other");
}

/** A problem as it is said. */
export function problemWords(told: Told, say: Say): string {
  return `${say(wordsOf(told))} (${told.code})`;
}
