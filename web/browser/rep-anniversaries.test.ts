/** Policies whose year comes round soon are on the page one comes home to, and what it costs to find them in a large book. */
import { expect, onTestFinished, test } from "vitest";

import { PASSWORD, yearBefore } from "./hub";
import { engineMs, RATE, slowBuild, slowWorkers } from "./slow";
import { Stage } from "./stage";

const stage = new Stage();

const POLICIES = 2_000;
const PAGE = 1_000;
/** A pause of the machine is nothing of the app's: of so many tries the best one counts. */
const TRIES = 3;
/** For a page of them, on a phone as slow as those one has: what is aimed at, and what must hold beside other tests. */
const A_PAGE = { aimMs: 400, mostMs: 4_000 };

test("who has an anniversary within two weeks is shown, with a call", async () => {
  const device = await stage.hub.device("P1");
  await device.run(["customer", "set", device.customer, "phone=010-1234-5678"]);
  await device.sell("WL01", 70_000, yearBefore(3));
  await device.run(["sync"]);
  await stage.hub.sellLate("P1", "TL01", 80_000, yearBefore(40));
  const phone = await stage.phone();
  await phone.pair("P1");
  const soon = phone.page.locator("[data-anniversary]");
  await soon.first().waitFor();
  expect(await soon.count()).toBe(1);
  expect(await soon.innerText()).toMatch(/김철수[^]*1주년/);
  await soon.locator("a[href='tel:01012345678']").waitFor();
  await soon.locator("a").first().click();
  await phone.page.locator("[data-card-name]", { hasText: "김철수" }).waitFor();
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("more than a few are a tap away", async () => {
  for (let days = 1; days <= 7; days++) await stage.hub.sellLate("P5", "WL01", 50_000, yearBefore(days));
  await stage.hub.command(["user", "add", "--name", "P5", "--role", "rep", "--unit", "P5", "--password-stdin"], `${PASSWORD}\n`);
  const phone = await stage.phone();
  await phone.pair("P5");
  const rows = phone.page.locator("[data-anniversary]");
  await rows.nth(4).waitFor();
  expect(await rows.count()).toBe(5);
  await phone.page.locator("[data-more-anniversaries]").click();
  await rows.nth(6).waitFor();
  expect(await rows.count()).toBe(7);
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test(`a book of ${POLICIES} policies is looked through in a moment`, async () => {
  await stage.hub.manyPolicies("P4", POLICIES);
  const build = await slowBuild();
  onTestFinished(() => build.remove());
  stage.front.dist = build.folder;
  const phone = await stage.phone();
  await slowWorkers(phone.context);
  await phone.pair("P4");
  await phone.untilChip("synced");
  const took: number[] = [];
  for (let offset = 0; offset < POLICIES; offset += PAGE) {
    const tries: number[] = [];
    while (tries.length < TRIES) tries.push(await engineMs(phone.page, "policies", { offset, limit: PAGE }));
    took.push(Math.min(...tries));
  }
  console.log(`${POLICIES} policies, ${RATE} times slower, a page of ${A_PAGE.aimMs} ms, best of ${TRIES}: ${took.map(Math.round).join(" + ")} ms`);
  expect(Math.max(...took)).toBeLessThanOrEqual(A_PAGE.mostMs);
  await phone.close();
});
