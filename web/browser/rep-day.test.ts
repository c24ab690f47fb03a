/** A day of a rep whose phone has no network, and what is at the hub afterwards: counted, with the taps. */
import { afterEach, expect, test } from "vitest";

import { dayAgo } from "./hub";
import { Stage } from "./stage";

const stage = new Stage();

// Whatever a test left behind, the next one has a network.
afterEach(() => {
  stage.front.isDown = false;
});

/** What was sold is on open boards within so long of its arrival. */
const LIVE_MS = 2_000;
/** A pause of the machine is nothing of the app's: of so many times without network the one that was shown first counts. */
const OUTAGES = 3;

interface Figures {
  rows: { unit: string; net: number }[];
  completeness: { expected: number; reported: number; silent: { rep: string }[] };
}

/** Net policies of a rep today, as the hub has them. */
async function atTheHub(rep: string): Promise<number> {
  const answer = await stage.hub.ask<Figures>("hq", `/api/v1/figures?from=${dayAgo(0)}&to=${dayAgo(0)}&level=rep`);
  return answer.rows.find(({ unit }) => unit === rep)?.net ?? 0;
}

test("a day without network: all of it is kept, sent once, and done in few taps", async () => {
  const before = await atTheHub("P1");
  const phone = await stage.phone();
  await phone.holdToasts();
  await phone.pair("P1");
  await phone.untilCustomers(1);
  await phone.untilChip("synced");
  await phone.untilKept();
  stage.front.isDown = true;

  // A new customer.
  await phone.go("/");
  await phone.tap("[data-add]");
  await phone.tap("[data-add-way=customer]");
  await phone.page.locator("input[name=name]").fill("홍길동");
  await phone.page.locator("input[name=phone]").fill("010-1234-5678");
  await phone.tap("[data-save]");
  await phone.page.locator("[data-card-name]", { hasText: "홍길동" }).waitFor();
  await phone.page.locator("[data-sync=offline]:not([data-unsent='0'])").waitFor();
  expect(await phone.page.locator("[data-sync]").innerText()).toMatch(/오프라인 · \d+건 대기/);

  // A sale from home.
  await phone.go("/");
  phone.taps = 0;
  await phone.tap("[data-home-sale]");
  await phone.page.locator("input[name=search]").fill("ㅎㄱㄷ");
  await phone.page.locator("[data-offered]", { hasText: "홍길동" }).waitFor();
  await phone.tap("[data-offered]");
  await phone.finishSale("life", "12");
  await phone.page.locator("[data-figure=day]").waitFor();
  expect(phone.taps).toBeLessThanOrEqual(5);
  expect(await phone.page.locator("[data-toast=done]").innerText()).toContain("실행 취소");

  // One from the card.
  await phone.openCard("홍길동");
  phone.taps = 0;
  await phone.tap("[data-action=sale]");
  await phone.finishSale("term", "5");
  await phone.page.locator("[data-policy]").nth(1).waitFor();
  expect(phone.taps).toBeLessThanOrEqual(4);
  // On this device alone: saved, or on a way that ends nowhere.
  expect(await phone.page.locator("[data-policy] [data-record]").first().getAttribute("data-record")).toMatch(/^(saved|sent)$/);

  // One that is taken back. What is still said of the one before has a way back, too: that is another one.
  const toast = phone.page.locator("[data-toast=done]");
  await toast.locator("button").last().click();
  await toast.waitFor({ state: "detached" });
  await phone.tap("[data-action=sale]");
  await phone.finishSale("annuity", "9");
  await phone.page.locator("[data-policy]").nth(2).waitFor();
  // What is said from now on is in nobody's way for long.
  await phone.letToastsGo();
  await toast.locator("button").first().click();
  await phone.page.locator("[data-policy]").nth(2).waitFor({ state: "detached" });

  // A visit and when one meets next.
  phone.taps = 0;
  await phone.tap("[data-action=visit]");
  await phone.tap("[data-chip-value=tomorrow]");
  await phone.tap("[data-save]");
  await phone.page.locator("[data-line=contact]").waitFor();
  expect(phone.taps).toBeLessThanOrEqual(3);
  await phone.page.locator("[data-next-step]", { hasText: /\d월 \d+일/ }).waitFor();

  // The own figure differs from headquarters' by what waits, by name.
  await phone.go("/results");
  await phone.page.locator("[data-explained=true]").waitFor();
  expect(await phone.page.locator("[data-difference=waiting]").count()).toBe(2);
  expect(await atTheHub("P1")).toBe(before);

  stage.front.isDown = false;
  await phone.page.locator("[data-sync]").click();
  await phone.page.locator("dialog button", { hasText: "지금 동기화" }).click();
  await phone.page.keyboard.press("Escape");
  await phone.untilSent();
  await phone.untilChip("synced");
  expect(await atTheHub("P1")).toBe(before + 2);
  await phone.page.locator("[data-difference=waiting]").first().waitFor({ state: "detached" });
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("the end of the day is told to the branch", async () => {
  /** The reps of the branch, all and those who have reported, as the hub has it. */
  const reported = async () => {
    const { completeness } = await stage.hub.ask<Figures>("hq", `/api/v1/figures?from=${dayAgo(0)}&to=${dayAgo(0)}&unit=B3`);
    return [completeness.expected, completeness.reported, ...completeness.silent.map(({ rep }) => rep)];
  };
  await expect.poll(reported).toEqual([1, 0, "P4"]);
  const phone = await stage.phone();
  await phone.pair("P4");
  await phone.untilCustomers(1);
  await phone.go("/");
  await phone.page.locator("[data-close-day]").click();
  await phone.page.locator("[data-day-closed]").waitFor();
  await phone.untilSent();
  await expect.poll(reported).toEqual([1, 1]);
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("headquarters' open board follows the app: what was sold without network is on it two seconds after it was sent", async () => {
  const phone = await stage.phone();
  await phone.pair("P1");
  await phone.untilChip("synced");
  await phone.untilKept();
  const before = await atTheHub("P1");
  const screen = await stage.open();
  const { net, won } = await screen.watchBoard();
  const syncNow = phone.page.locator("[data-sync-now]");
  const took: number[] = [];
  for (let outage = 0; outage < OUTAGES; outage++) {
    stage.front.isDown = true;
    for (const [sale, [type, digits]] of ([["life", "7"], ["term", "3"]] as const).entries()) {
      await phone.openCard("고객 0");
      await phone.tap("[data-action=sale]");
      await phone.finishSale(type, digits);
      // Saved, or on a way that ends nowhere.
      await phone.page.locator("[data-policy] [data-record]:not([data-record=confirmed])").nth(sale).waitFor();
    }
    await phone.page.locator("[data-sync=offline][data-unsent]:not([data-unsent='0'])").waitFor();
    expect(await screen.keyFigure("net")).toBe(net + 2 * outage);

    stage.front.isDown = false;
    const mended = performance.now();
    const since = () => Math.round(performance.now() - mended);
    await phone.page.locator("[data-sync]").click();
    await syncNow.click();
    const shown = screen.untilKeyFigure("premium_net_won", won + 100_000 * (outage + 1)).then(since);
    const [sentMs, shownMs] = await Promise.all([phone.untilSent().then(since), shown]);
    console.log(`with the network back: sent after ${sentMs} ms, on headquarters' board after ${shownMs} ms`);
    took.push(shownMs - sentMs);
    await screen.untilKeyFigure("net", net + 2 * (outage + 1));
    expect(await screen.sumCheck()).toBe("agrees");
    expect(await screen.isNotReloaded()).toBe(true);
    // Once, whatever is exchanged after it.
    await syncNow.and(phone.page.locator(":enabled")).waitFor();
    const exchanges = stage.front.exchanges;
    await syncNow.click();
    await expect.poll(() => stage.front.exchanges).toBeGreaterThan(exchanges);
    await syncNow.and(phone.page.locator(":enabled")).waitFor();
    await phone.page.keyboard.press("Escape");
    await phone.untilChip("synced");
    expect(await atTheHub("P1")).toBe(before + 2 * (outage + 1));
    expect(await screen.keyFigure("net")).toBe(net + 2 * (outage + 1));
  }
  expect(Math.min(...took)).toBeLessThanOrEqual(LIVE_MS);
  expect([...phone.troubles, ...screen.troubles]).toEqual([]);
  await screen.close();
  await phone.close();
});
