/**
 * What a working day takes on the wire, both ways, headers and the socket of pokes included: the app opened in the morning,
 * thirty edits of which each goes out by itself, and the news it asks for by itself while it stays open. TLS is not in it:
 * it belongs to whatever stands before the hub. `npm run measure` does all of it; where every change is tested two edits of
 * each kind stand for the others.
 */
import { beforeAll, expect, test } from "vitest";

import { fully } from "./full";
import type { Phone } from "./phone";
import { Stage } from "./stage";
import { Wire } from "./wire";

const CUSTOMERS = 300;
/** Those a hub of the tests has for this rep anyway. */
const BEFORE = 1;
/** Of each kind, thirty in all. */
const EDITS = { visit: 7, sale: 6, note: 7, field: 6, customer: 4 } as const;
type Kind = keyof typeof EDITS;
const KINDS = Object.keys(EDITS) as Kind[];
const ALL_EDITS = sum(KINDS.map((kind) => EDITS[kind]));
/** So many of a kind are done. */
const done = (kind: Kind) => Math.min(EDITS[kind], fully(ALL_EDITS, 2));
const ALL_DONE = sum(KINDS.map(done));
/** Every quarter of an hour for nine hours; measured so often. */
const NEWS = 36;
const NEWS_MEASURED = fully(4, 2);
const MOST_BYTES = 300_000;
/** An edit goes out with one exchange. Now and then another one is due meanwhile. */
const MOST_EXCHANGES = ALL_DONE + 4;
/** A wire on which nothing has come for so long is still. */
const STILL_MS = 800;

// Tokens that last half a minute are renewed with each exchange, as they are where edits lie minutes apart.
const stage = new Stage({ FIELDBOOK__SIGN_IN__ACCESS_TOKEN_S: "30" });

beforeAll(() => stage.hub.manyCustomers("P4", CUSTOMERS));

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

/** Waits until nothing more comes. */
async function still(wire: Wire): Promise<void> {
  let [seen, sinceMs] = [wire.total, performance.now()];
  const isStill = () => {
    if (wire.total !== seen) [seen, sinceMs] = [wire.total, performance.now()];
    return performance.now() - sinceMs > STILL_MS;
  };
  await expect.poll(isStill, { interval: 50, timeout: 30_000 }).toBe(true);
}

/** What a person does to the customer whose card is open; each is saved when it is over. */
const ACTS: Record<Kind, (phone: Phone, nth: number) => Promise<void>> = {
  visit: async (phone, nth) => {
    await phone.tap("[data-action=visit]");
    await phone.tap("[data-chip-value=tomorrow]");
    await phone.page.locator("textarea[name=note]").fill(`연금 상담 ${nth}: 자녀가 대학을 마치면 다시 이야기하기로 함`);
    await phone.tap("[data-save]");
    await phone.page.locator("[data-line=contact]").nth(nth).waitFor();
  },
  sale: async (phone, nth) => {
    await phone.tap("[data-action=sale]");
    await phone.finishSale("life", `${nth + 5}`);
    await phone.page.locator("[data-policy]").nth(nth).waitFor();
  },
  note: async (phone, nth) => {
    const line = `메모 ${nth}: 배우자와 상의한 뒤 연락하겠다고 함`;
    await phone.tap("[data-tab=notes]");
    await phone.page.locator("main textarea").fill(line);
    await phone.tap("main form button[type=submit]");
    await phone.page.locator("[data-notes]", { hasText: line }).waitFor();
  },
  field: async (phone, nth) => {
    const value = `직업 ${nth}`;
    await phone.tap("[data-tab=details]");
    await phone.tap("[data-field=occupation] button");
    await phone.page.locator("input[name=occupation]").fill(value);
    await phone.tap("form[data-field=occupation] button[type=submit]");
    await phone.page.locator("div[data-field=occupation]", { hasText: value }).waitFor();
  },
  customer: async (phone, nth) => {
    await phone.go("/new-customer");
    await phone.page.locator("input[name=name]").fill(`새고객${nth}`);
    await phone.page.locator("input[name=phone]").fill(`010-2222-000${nth}`);
    await phone.tap("[data-save]");
    await phone.page.locator("[data-card-name]", { hasText: `새고객${nth}` }).waitFor();
  },
};

test("a day of thirty edits takes less than 300 KB", async () => {
  const wire = await Wire.start(stage.front.url);
  const phone = await stage.phone({}, wire.url);
  await phone.pair("P4");
  await phone.untilCustomers(CUSTOMERS + BEFORE);
  await phone.untilChip("synced");
  await phone.untilKept();
  await still(wire);
  const spent: { kind: string; bytes: number }[] = [];
  const during = async (kind: string, act: () => Promise<unknown>) => {
    const [before, asked] = [wire.total, stage.front.exchanges];
    await act();
    // Before its exchange has begun nothing waits to be sent either: that one is over is told by the hub's answer.
    await expect.poll(() => stage.front.exchanges).toBeGreaterThan(asked);
    await phone.untilSent();
    await still(wire);
    spent.push({ kind, bytes: wire.total - before });
  };
  const each = (kind: string) => {
    const of = spent.filter((one) => one.kind === kind).map(({ bytes }) => bytes);
    return Math.round(sum(of) / of.length);
  };

  await during("start", async () => {
    await phone.restart();
    await phone.unlock();
    await phone.untilChip("synced");
  });
  await phone.openCard("김");
  const begun = stage.front.exchanges;
  for (const kind of KINDS) {
    for (let nth = 0; nth < done(kind); nth++) await during(kind, () => ACTS[kind](phone, nth));
  }
  const exchanges = stage.front.exchanges - begun;
  for (let nth = 0; nth < NEWS_MEASURED; nth++) {
    const [asked, opened] = [stage.front.exchanges, stage.front.sockets];
    await during("news", async () => {
      // The hub hangs up on a socket whose token has ended; the exchange that is due brings another.
      wire.sever();
      await phone.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
      await expect.poll(() => stage.front.exchanges > asked && stage.front.sockets > opened, { timeout: 30_000 }).toBe(true);
    });
  }
  const edits = sum(KINDS.map((kind) => EDITS[kind] * each(kind)));
  const day = each("start") + edits + NEWS * each("news");
  console.log(
    `a day, of ${MOST_BYTES} bytes: ${day}; opened ${each("start")}, ${ALL_EDITS} edits ${edits} (${KINDS.map((kind) => `${kind} ${each(kind)}`).join(", ")} each; ` +
      `${ALL_DONE} done in ${exchanges} exchanges), news ${NEWS} times ${each("news")}`,
  );
  expect(day).toBeLessThanOrEqual(MOST_BYTES);
  expect(exchanges).toBeGreaterThanOrEqual(ALL_DONE);
  expect(exchanges).toBeLessThanOrEqual(MOST_EXCHANGES);
  expect(phone.troubles).toEqual([]);
  await phone.close();
  await wire.stop();
});
