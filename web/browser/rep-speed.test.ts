/**
 * How fast the rep's app is with 2,000 customers on a phone six times slower than this machine; `slow.ts` says how it is
 * made slow. The numbers are those of this machine and whatever else runs on it, so ceilings are generous and
 * `npm run measure` prints what was measured beside what is aimed at.
 */
import { afterAll, beforeAll, expect, test } from "vitest";

import { fully } from "./full";
import { type Phone, PIN } from "./phone";
import { bookMs, engineMs, openedMs, paintMs, quantile, slowBuild, slowPage, slowWorkers } from "./slow";
import { Stage } from "./stage";
import type { WorkerBuild } from "./workerBuild";

const CUSTOMERS = 2_000;
/** Those a hub of the tests has for this rep anyway. */
const BEFORE = 1;
const ALL = `[data-total='${CUSTOMERS + BEFORE}']`;
const WRONG_PIN = "999998";
/** What it takes to bring them all to a phone that is slow, on a busy machine. */
const BEFORE_MS = 5 * 60_000;
/** Each kind of tap so often, after one that is not counted: code that never ran is another matter. */
const ROUNDS = fully(4, 2);
const SEARCHES = fully(30, 10);

/** What is aimed at on a quiet machine, and what must hold while a hub, a browser and other tests share two cores. */
const OPENING = { aimMs: 1_000, mostMs: 40_000 };
const TAP = { aimMs: 100, mostMs: 2_500 };
const ANSWER = { aimMs: 16, mostMs: 150 };
/** Parts that the app loads while nobody waits; of the phone's language, the words of the first page and those of the others. */
const LATER = { CustomersPage: 1, SalePage: 1, ContactPage: 1, NewCustomerPage: 1, ResultsPage: 1, MorePage: 1, ko: 2 };

const stage = new Stage();
let phone: Phone;
let build: WorkerBuild;

beforeAll(async () => {
  await stage.hub.manyCustomers("P4", CUSTOMERS);
  build = await slowBuild();
  stage.front.dist = build.folder;
  phone = await stage.phone();
  await slowWorkers(phone.context);
  await phone.pair("P4");
  await phone.untilCustomers(CUSTOMERS + BEFORE);
  await phone.untilChip("synced");
  await phone.untilKept();
}, BEFORE_MS);

afterAll(async () => {
  await phone.close();
  await build.remove();
});

/** Milliseconds as they are printed. */
const ms = (value: number) => `${Math.round(value)} ms`;

test("opened again, its customers are there soon after the PIN", async () => {
  await phone.page.close();
  phone.page = await phone.context.newPage();
  const { page } = phone;
  await slowPage(phone.context, page);
  const fieldMs = await openedMs(page, "/rep/customers", "input[name=pin]");
  // The PIN may be typed before the book is found, which goes on meanwhile; here it is typed when both are there.
  const foundMs = await bookMs(page);
  // A wrong PIN takes as long to check as the right one, and opens nothing.
  const pinMs = await engineMs(page, "unlock", { pin: WRONG_PIN });
  const listMs = await paintMs(page, "[data-customer]", () => page.locator("input[name=pin]").fill(PIN));
  const usableMs = Math.max(fieldMs, foundMs) + Math.max(0, listMs - pinMs);
  console.log(
    `opened again, of ${OPENING.aimMs} ms: ${ms(usableMs)}; PIN field after ${ms(fieldMs)}, book found after ${ms(foundMs)}, ` +
      `list ${ms(listMs)} after the PIN, ${ms(pinMs)} of it to check that`,
  );
  expect(usableMs).toBeLessThanOrEqual(OPENING.mostMs);
});

test("a page that is loaded is shown at once", async () => {
  const other = await stage.phone();
  await other.pair("P1");
  const { page } = other;
  await other.untilRun(LATER);
  for (const place of ["customers", "results", "more"]) {
    // Where React waits for a part it shows nothing, for a third of a second at least.
    const shown = await page.evaluate(async (place) => {
      document.querySelector<HTMLElement>(`nav a[href$=${place}]`)?.click();
      await new Promise(requestAnimationFrame);
      // What waits is hidden, with the page that was there before.
      return [...document.querySelectorAll("main")].filter((main) => main.checkVisibility()).length;
    }, place);
    expect(shown, place).toBe(1);
  }
  await other.close();
});

test("a tap shows what was tapped", async () => {
  const { page } = phone;
  await phone.untilChip("synced");
  const took: { kind: string; round: number; paintedMs: number }[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const tap = async (kind: string, selector: string, ready: string) => {
      // Measured from the click that a touch becomes. A touch itself, held for half a second by a pause of the machine, is none.
      const paintedMs = await paintMs(page, ready, () => page.locator(selector).first().click());
      if (round > 0) took.push({ kind, round, paintedMs });
    };
    await tap("card", `[data-customer] >> nth=${round + 1}`, "[data-card-name]");
    for (const tab of ["policies", "notes", "details", "history"]) await tap(tab, `[data-tab=${tab}]`, `[data-tab=${tab}][aria-current]`);
    await tap("sale", "[data-action=sale]", "[data-chip-value=life]");
    await tap("type of sale", "[data-chip-value=life]", "[data-key='1']");
    await tap("back to the card", "header a[href]", "[data-card-name]");
    await tap("back to the list", "header a[href]", "[data-customer]");
    await tap("filter", "main [aria-pressed=false] >> nth=1", "main:has([aria-pressed=true]) [data-total]");
    await tap("filter off", "main [aria-pressed=true]", ALL);
    await tap("(+)", "[data-add]", "dialog[open]");
    await tap("new customer", "[data-add-way=customer]", "input[name=name]");
    await tap("results", "nav a[href$=results]", "[data-explained]");
    await tap("more", "nav a[href$=more]", "[data-sign-out]");
    await tap("today", "nav a:first-child", "[data-home-sale]");
    await tap("customers", "nav a[href$=customers]", "[data-customer]");
  }
  const of = (kind: string) => took.filter((tap) => tap.kind === kind).map(({ paintedMs }) => paintedMs);
  const kinds = [...new Set(took.map(({ kind }) => kind))].map((kind) => `${kind} ${Math.round(quantile(of(kind), 0.5))}`);
  const all = took.map(({ paintedMs }) => paintedMs);
  const [half, most] = [quantile(all, 0.5), quantile(all, 0.95)];
  // One pause of the machine makes one tap slow, and of few taps that is the p95 already; no kind of tap is slow each time.
  const slowestKind = Math.max(...[...new Set(took.map(({ kind }) => kind))].map((kind) => Math.min(...of(kind))));
  console.log(
    `tap to paint, p95 of ${TAP.aimMs} ms: ${ms(most)}, median ${ms(half)} of ${took.length} taps, the slowest kind at its best ${ms(slowestKind)} (${kinds.join(", ")})`,
  );
  expect(fully(most, slowestKind)).toBeLessThanOrEqual(TAP.mostMs);
});

/** Two syllables, initial consonants, and a syllable that is not done. */
test.each(["가나", "민서", "ㅂㅅ", "ㄱㄱㅁ", "김ㅁ"])("a search for %s answers at once", async (text) => {
  const { page } = phone;
  const answers: number[] = [];
  for (let search = 0; search < SEARCHES; search++) answers.push(await engineMs(page, "customers", { text, offset: 0, limit: 30 }));
  const search = page.locator("input[name=search]");
  const paintedMs = await paintMs(page, `[data-total]:not(${ALL})`, () => search.fill(text));
  const found = await page.locator("[data-total]").getAttribute("data-total");
  await search.fill("");
  await page.locator(ALL).waitFor();
  const [half, most] = [quantile(answers, 0.5), quantile(answers, 0.95)];
  console.log(`search for ${text}, of ${ANSWER.aimMs} ms: median ${half.toFixed(1)} ms, p95 ${most.toFixed(1)} ms, ${found} found; on the screen after ${ms(paintedMs)}`);
  expect(half).toBeLessThanOrEqual(ANSWER.mostMs);
});
