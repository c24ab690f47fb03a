/**
 * The first download over a thin link: 3 Mbit/s and 300 ms there and back, which also breaks. `npm run measure` prints
 * the numbers and cuts 20 times; where every change is tested it is cut 5 times, for each cut takes seconds of waiting
 * for the next try. The way is a TCP proxy: what slow start, TLS and lost packets add is not in these numbers.
 */
import { afterEach, expect, test } from "vitest";

import { fully } from "./full";
import type { Phone } from "./phone";
import { Stage } from "./stage";
import { type Link, Wire } from "./wire";

const CUSTOMERS = 1_500;
/** Those a hub of the tests has for this rep anyway. */
const BEFORE = 1;
const CUTS = fully(20, 5);
const THIN: Link = { bytesASecond: 3_000_000 / 8, roundTripMs: 300 };

/** From the last tap of pairing to a list of customers one can use, and to all of them. */
const MOST_FIRST_PAGE_MS = 2_000;
const MOST_DOWNLOAD_MS = 10_000;
/** On a machine that tests something else beside it. */
const NOISE = fully(1, 2);
/** What a cut may cost on the wire: a page that comes again, a new connection, a question whether the hub is there. */
const MOST_BYTES_A_CUT = 24 * 1024;
/** Where within a page the next cut falls. */
const CUT_STEP_BYTES = 2_311;
const CUT_WITHIN_BYTES = 9_000;
const PATIENCE_MS = 120_000;

const stage = new Stage();
const wires: Wire[] = [];
let bytesUncut = 0;

afterEach(async () => {
  for (const wire of wires.splice(0)) await wire.stop();
});

/** A phone that has the app and is one tap away from its book, and its wire, thin from now on. */
async function before(rep: string): Promise<{ phone: Phone; wire: Wire }> {
  const wire = await Wire.start(stage.front.url);
  wires.push(wire);
  const phone = await stage.phone({}, wire.url);
  await phone.introduce(rep);
  await phone.untilKept();
  wire.link = THIN;
  return { phone, wire };
}

/** Customers that the list says there are. */
const received = (phone: Phone) => phone.page.evaluate(() => Number(document.querySelector("[data-total]")?.getAttribute("data-total") ?? 0));

/** Waits until the list says there are as many. */
async function untilReceived(phone: Phone, number: number): Promise<void> {
  const has = (number: number) => Number(document.querySelector("[data-total]")?.getAttribute("data-total") ?? 0) >= number;
  await phone.page.waitForFunction(has, number, { timeout: PATIENCE_MS });
}

/** The last tap of pairing, and the list of customers. */
async function enter(phone: Phone): Promise<void> {
  await phone.page.locator("button[type=submit]").tap();
  await phone.page.locator("[data-home-sale]").waitFor();
  await phone.go("/customers");
}

test(`${CUSTOMERS} customers come in seconds, and the first of them at once`, async () => {
  await stage.hub.manyCustomers("P4", CUSTOMERS);
  const { phone, wire } = await before("P4");
  const carried = wire.carried;
  const begun = performance.now();
  const since = () => Math.round(performance.now() - begun);
  await enter(phone);
  const pairedMs = since();
  await phone.page.locator("[data-customer]").first().waitFor();
  const [firstMs, first] = [since(), await received(phone)];
  await untilReceived(phone, CUSTOMERS + BEFORE);
  await phone.untilChip("synced");
  const allMs = since();
  bytesUncut = wire.carried.down - carried.down;
  console.log(
    `3 Mbit/s, 300 ms: paired after ${pairedMs} ms, ${first} customers after ${firstMs} ms, all ${CUSTOMERS + BEFORE} after ${allMs} ms; ` +
      `${bytesUncut} bytes down, ${wire.carried.up - carried.up} up`,
  );
  expect(firstMs - pairedMs).toBeLessThanOrEqual(MOST_FIRST_PAGE_MS * NOISE);
  expect(allMs).toBeLessThanOrEqual(MOST_DOWNLOAD_MS * NOISE);
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test(`cut ${CUTS} times on the way, it goes on where it was`, async () => {
  const { phone, wire } = await before("P4");
  const carried = wire.carried;
  const begun = performance.now();
  await enter(phone);
  let least = 0;
  for (let cut = 1; cut <= CUTS; cut++) {
    await untilReceived(phone, Math.floor((CUSTOMERS * cut) / (CUTS + 1)));
    const there = await received(phone);
    expect(there, "what was there is there still").toBeGreaterThanOrEqual(least);
    least = there;
    wire.cutAfter([1_000 + ((cut * CUT_STEP_BYTES) % CUT_WITHIN_BYTES)]);
    await expect.poll(() => wire.cut, { interval: 20, timeout: PATIENCE_MS }).toBe(cut);
  }
  await untilReceived(phone, CUSTOMERS + BEFORE);
  await phone.untilChip("synced");
  const took = (performance.now() - begun) / 1_000;
  const again = wire.carried.down - carried.down - bytesUncut;
  console.log(`cut ${wire.cut} times: all ${CUSTOMERS + BEFORE} after ${took.toFixed(1)} s; ${again} bytes more than uncut (${bytesUncut})`);
  expect(again).toBeLessThanOrEqual(CUTS * MOST_BYTES_A_CUT);
  expect(phone.troubles).toEqual([]);
  await phone.close();
});
