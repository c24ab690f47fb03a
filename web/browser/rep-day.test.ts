/** A day of a rep whose phone has no network, and what is at the hub afterwards: counted, with the taps. */
import { expect, test } from "vitest";

import { dayAgo } from "./hub";
import { Stage } from "./stage";

const stage = new Stage();

/** What was sold is on open boards within so long of its arrival. */
const LIVE_MS = 2_000;

interface Figures {
  rows: { unit: string; net: number }[];
}

/** Net policies of a rep today, as the hub has them. */
async function atTheHub(rep: string): Promise<number> {
  const answer = await stage.hub.ask<Figures>("hq", `/api/v1/figures?from=${dayAgo(0)}&to=${dayAgo(0)}&level=rep`);
  return answer.rows.find(({ unit }) => unit === rep)?.net ?? 0;
}

test("a day without network: all of it is kept, sent once, and done in few taps", async () => {
  const before = await atTheHub("P1");
  const phone = await stage.phone();
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
  await phone.untilChip("offline");
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
  expect(await phone.page.locator("[data-policy] [data-record]").first().getAttribute("data-record")).toBe("saved");

  // One that is taken back.
  await phone.tap("[data-action=sale]");
  await phone.finishSale("annuity", "9");
  await phone.page.locator("[data-policy]").nth(2).waitFor();
  await phone.page.locator("[data-toast=done] button").first().click();
  await phone.page.locator("[data-policy]").nth(2).waitFor({ state: "detached" });

  // A visit and when one meets next.
  phone.taps = 0;
  await phone.tap("[data-action=visit]");
  await phone.tap("[data-chip-value=tomorrow]");
  await phone.tap("[data-save]");
  await phone.page.locator("[data-line=contact]").waitFor();
  expect(phone.taps).toBeLessThanOrEqual(3);
  expect(await phone.page.locator("[data-next-step]").innerText()).toMatch(/\d월 \d+일/);

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
  const phone = await stage.phone();
  await phone.pair("P4");
  await phone.untilCustomers(1);
  await phone.go("/");
  await phone.page.locator("[data-close-day]").click();
  await phone.page.locator("[data-day-closed]").waitFor();
  await phone.untilSent();
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("headquarters' open board follows the app: what was sold without network is on it two seconds after it was sent", async () => {
  const phone = await stage.phone();
  await phone.pair("P1");
  await phone.untilChip("synced");
  await phone.untilKept();
  stage.front.isDown = true;
  const before = await atTheHub("P1");
  const screen = await stage.open();
  const { net, won } = await screen.watchBoard();
  for (const [type, digits] of [["life", "7"], ["term", "3"]] as const) {
    await phone.openCard("고객 0");
    await phone.tap("[data-action=sale]");
    await phone.finishSale(type, digits);
    await phone.page.locator("[data-policy] [data-record=saved]").first().waitFor();
  }
  await phone.untilChip("offline");
  expect(await screen.keyFigure("net")).toBe(net);

  stage.front.isDown = false;
  const mended = performance.now();
  const since = () => Math.round(performance.now() - mended);
  await phone.page.locator("[data-sync]").click();
  await phone.page.locator("dialog button", { hasText: "지금 동기화" }).click();
  const [sentMs, shownMs] = await Promise.all([phone.untilSent().then(since), screen.untilKeyFigure("premium_net_won", won + 100_000, 30_000).then(since)]);
  console.log(`with the network back: sent after ${sentMs} ms, on headquarters' board after ${shownMs} ms`);
  expect(shownMs - sentMs).toBeLessThanOrEqual(LIVE_MS);
  await screen.untilKeyFigure("net", net + 2, LIVE_MS);
  expect(await screen.sumCheck()).toBe("agrees");
  expect(await screen.isNotReloaded()).toBe(true);
  // Once, whatever is exchanged after it.
  await phone.page.locator("dialog button", { hasText: "지금 동기화" }).click();
  await phone.untilChip("synced");
  expect(await atTheHub("P1")).toBe(before + 2);
  expect(await screen.keyFigure("net")).toBe(net + 2);
  expect([...phone.troubles, ...screen.troubles]).toEqual([]);
  await screen.close();
  await phone.close();
});
