/**
 * The clock that the engine goes by: while a book is open the hub's, as its answers tell it; until then, and where nobody
 * knows better, this device's, which may be years off. Sales, their first sight and contacts are of the day it says.
 */
import { aheadBy, aheadNow, type HubClock } from "./hubClock";

/** Where the hub itself answers. Files may come from a cache, and be of any age. */
const OF_THE_HUB = /^https?:\/\/[^/]+\/(sync|auth)\//;

/** This device's own. */
const ownNow = Date.now.bind(Date);
let heard: HubClock | null = null;
let isHubs = false;

/**
 * From now on `Date.now` of this worker is that clock. Calls `told` with how far the hub's is ahead of this device's, after
 * the first answer and whenever it has changed. It listens to what the engine fetches: a question of its own would be bytes
 * for nothing.
 */
export function keepClock(told: (aheadMs: number) => void): void {
  Date.now = () => ownNow() + (isHubs ? aheadNow(heard, ownNow(), performance.now()) : 0);
  const ask = self.fetch.bind(self);
  self.fetch = async (...asked) => {
    const answer = await ask(...asked);
    const nowMs = ownNow();
    const aheadMs = OF_THE_HUB.test(answer.url) ? aheadBy(answer.headers.get("date"), nowMs) : null;
    if (aheadMs === null) return answer;
    const isNews = heard?.aheadMs !== aheadMs;
    heard = { aheadMs, heardMs: nowMs, sinceMs: performance.now() };
    if (isNews) told(aheadMs);
    return answer;
  };
}

/** Whether to go by the hub's. Never before the book is open: a wait after wrong PINs is kept by this device's. */
export function goByHub(isOpen: boolean): void {
  isHubs = isOpen;
}

/** Does what must go by this device's clock. */
export async function byOwnClock<T>(work: () => Promise<T>): Promise<T> {
  const before = isHubs;
  isHubs = false;
  try {
    return await work();
  } finally {
    isHubs = before;
  }
}
