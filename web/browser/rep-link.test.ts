/**
 * The first download over a thin link: 3 Mbit/s and 300 ms there and back, which also breaks. `npm run measure` prints
 * the numbers and cuts 20 times; where every change is tested it is cut 5 times, for each cut takes seconds of waiting
 * for the next try. The way is a TCP proxy: what slow start, TLS and lost packets add is not in these numbers.
 */
import { afterEach, beforeAll, expect, test } from "vitest";

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
/** Of so many cuts in a row the first comes after so many times as much as the others: it lets whole pages through, they do not. */
const LONG = { every: fully(5, 2), times: fully(9, 4) };
const PATIENCE_MS = 120_000;
/** While the cuts are laid next to nothing comes. */
const THINNEST: Link = { ...THIN, bytesASecond: 20_000 };

const stage = new Stage();
const wires: Wire[] = [];
let uncutOnce: Promise<Uncut> | null = null;

beforeAll(() => stage.hub.manyCustomers("P4", CUSTOMERS));

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

/** A download that nothing cut. */
interface Uncut {
  readonly pairedMs: number;
  readonly firstMs: number;
  readonly allMs: number;
  /** Customers that were there when the first of them were shown. */
  readonly first: number;
  /** Bytes of both ways. */
  readonly down: number;
  readonly up: number;
}

/** Measured by whichever test is the first to ask. */
function uncut(): Promise<Uncut> {
  return (uncutOnce ??= downloadUncut());
}

async function downloadUncut(): Promise<Uncut> {
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
  const [down, up] = [wire.carried.down - carried.down, wire.carried.up - carried.up];
  expect(phone.troubles).toEqual([]);
  await phone.close();
  return { pairedMs, firstMs, allMs, first, down, up };
}

/** After how many bytes each cut comes, counted from the one before it: the last one before so many have come in all. */
function cutsWithin(bytes: number): number[] {
  const shares = Array.from({ length: CUTS }, (_, cut) => (cut % LONG.every === 0 ? LONG.times : 1));
  const unit = Math.floor(bytes / (shares.reduce((all, share) => all + share, 0) + 1));
  return shares.map((share, cut) => share * unit - (share > 1 ? 0 : (cut * CUT_STEP_BYTES) % Math.ceil(unit / 2)));
}

test(`${CUSTOMERS} customers come in seconds, and the first of them at once`, async () => {
  const { pairedMs, firstMs, allMs, first, down, up } = await uncut();
  console.log(
    `3 Mbit/s, 300 ms: paired after ${pairedMs} ms, ${first} customers after ${firstMs} ms, all ${CUSTOMERS + BEFORE} after ${allMs} ms; ` +
      `${down} bytes down, ${up} up`,
  );
  expect(firstMs - pairedMs).toBeLessThanOrEqual(MOST_FIRST_PAGE_MS * NOISE);
  expect(allMs).toBeLessThanOrEqual(MOST_DOWNLOAD_MS * NOISE);
});

test(`cut ${CUTS} times on the way, it goes on where it was`, async () => {
  const { down: bytesUncut } = await uncut();
  const { phone, wire } = await before("P4");
  const carried = wire.carried;
  const begun = performance.now();
  wire.link = THINNEST;
  await enter(phone);
  // All of them at once: whoever lays the next one when he sees how much is there may find that all of it is.
  const bytesBefore = wire.carried.down - carried.down;
  const cuts = cutsWithin(bytesUncut - bytesBefore);
  wire.cutAfter(cuts);
  wire.link = THIN;
  let least = 0;
  for (let cut = 1; cut <= CUTS; cut++) {
    await expect.poll(() => wire.cut, { interval: 20, timeout: PATIENCE_MS }).toBeGreaterThanOrEqual(cut);
    const there = await received(phone);
    expect(there, "what was there is there still").toBeGreaterThanOrEqual(least);
    least = there;
  }
  // Had each cut begun it anew there would be no more than came between two of them.
  const atMost = ((bytesBefore + Math.max(...cuts)) / bytesUncut) * (CUSTOMERS + BEFORE);
  expect(least, "what came before a cut is not asked for again").toBeGreaterThan(atMost * 1.2);
  await untilReceived(phone, CUSTOMERS + BEFORE);
  await phone.untilChip("synced");
  expect(wire.cut).toBe(CUTS);
  const took = (performance.now() - begun) / 1_000;
  const again = wire.carried.down - carried.down - bytesUncut;
  console.log(`cut ${wire.cut} times: all ${CUSTOMERS + BEFORE} after ${took.toFixed(1)} s; ${again} bytes more than uncut (${bytesUncut})`);
  expect(again).toBeLessThanOrEqual(CUTS * MOST_BYTES_A_CUT);
  expect(phone.troubles).toEqual([]);
  await phone.close();
});
