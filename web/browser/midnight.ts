/**
 * Before each test file: where the company's day is nearly over, the next one is waited for. What a test sold today would
 * be of yesterday before the test is over.
 */
import { setTimeout as sleep } from "node:timers/promises";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Seoul is so far ahead, in summer too. */
const AHEAD_MS = 9 * 60 * MINUTE_MS;
/** What the longest file takes, and more. */
const FILE_MS = 10 * MINUTE_MS;

/** How long the company's day still is. */
const leftMs = () => DAY_MS - ((Date.now() + AHEAD_MS) % DAY_MS);

for (let left = leftMs(); left < FILE_MS; left = leftMs()) {
  console.log(`the day in Seoul ends in ${Math.ceil(left / 1_000)} s: the next one is waited for`);
  await sleep(left);
}
