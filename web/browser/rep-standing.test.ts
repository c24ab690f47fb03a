/** What the hub tells a rep of the month and of the own devices, with a network and without. */
import { afterEach, expect, test } from "vitest";

import { Stage } from "./stage";
import { type Link, Wire } from "./wire";

const TARGET_WON = 1_000_000;
const CUSTOMERS = 1_200;
/** Those a hub of the tests has for this rep anyway. */
const BEFORE = 1;
/** Thin enough that a first download can be looked at, however busy the machine is. */
const THIN: Link = { bytesASecond: 10_000, roundTripMs: 100 };
const PATIENCE_MS = 60_000;

interface Standing {
  premium_net_won: number;
  rank: { place: number; of: number };
}

const stage = new Stage();
const wires: Wire[] = [];

afterEach(async () => {
  stage.front.isDown = false;
  for (const wire of wires.splice(0)) await wire.stop();
});

test("the goal moves with a sale that nobody was told of yet, and the rank says of when it is", async () => {
  await stage.hub.setTarget("P1", TARGET_WON);
  const before = await stage.hub.ask<Standing>("P1", "/api/v1/me/standing");
  const percentOf = (won: number) => String(Math.floor((won * 100) / TARGET_WON));
  const phone = await stage.phone();
  const goal = () => phone.page.locator("[data-goal]");
  const untilGoal = (won: number) => phone.page.locator(`[data-goal='${percentOf(won)}']`).waitFor({ timeout: PATIENCE_MS });
  await phone.pair("P1");
  await phone.untilChip("synced");
  await untilGoal(before.premium_net_won);
  expect(await goal().getByRole("img").getAttribute("aria-label")).toContain(`${percentOf(before.premium_net_won)}%`);
  // How much that is depends on the day: what was sold yesterday may be of another month.
  const man = (won: number) => `${won / 10_000}만`;
  const words = await goal().innerText();
  expect(words.indexOf(man(before.premium_net_won))).toBeGreaterThanOrEqual(0);
  expect(words.indexOf(man(TARGET_WON))).toBeGreaterThan(words.indexOf(man(before.premium_net_won)));
  await phone.go("/results");
  const rank = () => phone.page.locator("[data-rank]");
  await rank().waitFor();
  expect(await rank().innerText()).toContain(`${before.rank.of}명 중 ${before.rank.place}위`);
  expect(await rank().innerText()).toMatch(/\d\d:\d\d 현재/);

  // Without a network, and after the app was closed: it is there still, and a sale moves it at once.
  await phone.untilKept();
  stage.front.isDown = true;
  await phone.restart();
  await phone.unlock();
  await untilGoal(before.premium_net_won);
  await phone.openCard("고객 0");
  await phone.tap("[data-action=sale]");
  await phone.finishSale("life", "30");
  // Saved, or on a way that ends nowhere.
  await phone.page.locator("[data-policy] [data-record]:not([data-record=confirmed])").first().waitFor();
  await phone.go("/");
  const after = before.premium_net_won + 300_000;
  await untilGoal(after);

  // Once the sale has arrived the hub is asked again.
  const kept = () => phone.page.evaluate(() => localStorage.getItem("fieldbook.standing") ?? "");
  expect(await kept()).not.toContain(`"premium_net_won":${after}`);
  stage.front.isDown = false;
  await phone.syncNow();
  await expect.poll(kept, { timeout: PATIENCE_MS }).toContain(`"premium_net_won":${after}`);
  expect(await kept()).not.toContain("고객");

  // It goes with the book.
  await phone.go("/more");
  await phone.tap("[data-sign-out]");
  await phone.page.locator("dialog button.bg-accent").tap();
  await phone.page.locator("input[name=code]").waitFor();
  expect(await kept()).toBe("");
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("a rep without a target sees no goal", async () => {
  const phone = await stage.phone();
  await phone.pair("P4");
  await phone.go("/results");
  // The hub has told where the rep stands.
  await phone.page.locator("[data-rank]").waitFor({ timeout: PATIENCE_MS });
  await phone.go("/");
  await phone.page.locator("[data-figure=month]").waitFor();
  // Nothing is left that the goal could be waiting for.
  await phone.untilRun({ GoalRing: 1, ko: 2 });
  expect(await phone.page.locator("[data-goal]").count()).toBe(0);
  await phone.close();
});

test("a first download says how much is to come", async () => {
  await stage.hub.manyCustomers("P4", CUSTOMERS);
  const wire = await Wire.start(stage.front.url);
  wires.push(wire);
  const phone = await stage.phone({}, wire.url);
  await phone.introduce("P4");
  await phone.untilKept();
  wire.link = THIN;
  await phone.page.locator("button[type=submit]").tap();
  const notice = phone.page.locator("[data-notice=download]", { hasText: `${CUSTOMERS + BEFORE}명의 고객을 받는 중` });
  await notice.waitFor({ timeout: PATIENCE_MS });
  const bar = notice.locator("progress");
  expect(await bar.getAttribute("max")).toBe(String(CUSTOMERS + BEFORE));
  wire.link = { bytesASecond: Infinity, roundTripMs: 0 };
  await notice.waitFor({ state: "detached", timeout: PATIENCE_MS });
  await phone.untilCustomers(CUSTOMERS + BEFORE);
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("a rep ends the sign-in of a lost phone by typing its name; without network that cannot be done, and it says so", async () => {
  const lost = await stage.phone();
  await lost.pair("P1");
  await lost.untilChip("synced");
  const phone = await stage.phone();
  await phone.pair("P1");
  await phone.untilChip("synced");
  const { page } = phone;
  await phone.untilKept();
  stage.front.isDown = true;
  await phone.go("/more");
  await page.locator("a[href='/rep/more/devices']").click();
  await page.locator("[data-devices-problem=OFFLINE]", { hasText: "인터넷에 연결" }).waitFor();
  stage.front.isDown = false;
  await page.locator("[data-devices-problem] button").click();
  await page.locator("[data-device]", { hasText: "이 기기" }).waitFor();
  expect(await page.locator("[data-device]", { hasText: "이 기기" }).locator("[data-end-sign-in]").count()).toBe(0);
  // The lost one was the last before this one to register.
  const rows = page.locator("[data-device]:has([data-end-sign-in])");
  const name = (await rows.first().locator("p").first().innerText()).trim();
  const id = await rows.first().getAttribute("data-device");
  await rows.first().locator("[data-end-sign-in]").click();
  const end = page.locator("dialog button[type=submit]");
  await page.locator("input[name=device-name]").fill("another");
  expect(await end.isDisabled()).toBe(true);
  await page.locator("input[name=device-name]").fill(name);
  await end.click();
  await page.locator(`[data-device='${id ?? ""}'][data-revoked=true]`).waitFor();
  await page.locator("dialog").waitFor({ state: "detached" });
  // The lost phone removes its book by itself, told by the socket that is hung up.
  await lost.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await lost.page.locator("[data-home-sale]").waitFor({ state: "detached", timeout: PATIENCE_MS });
  await phone.untilChip("synced");
  expect(phone.troubles).toEqual([]);
  await lost.close();
  await phone.close();
});
