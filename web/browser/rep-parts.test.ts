/** The app without a part of itself: what could not be loaded takes nothing else away. */
import { expect, test } from "vitest";

import { Stage } from "./stage";

const stage = new Stage();

test("a page that could not be loaded says so, the others stay, and it comes with the network", async () => {
  const phone = await stage.phone();
  stage.front.withheld = /\/ResultsPage-/;
  await phone.pair("P1");
  const { page } = phone;
  await phone.go("/results");
  await page.locator("[data-failed]").waitFor();
  expect(await page.locator("[data-failed]").innerText()).toContain("저장한 기록은 안전합니다");
  await phone.go("/");
  await page.locator("[data-home-sale]").waitFor();
  expect(await page.locator("[data-failed]").count()).toBe(0);

  await phone.go("/results");
  await page.locator("[data-failed]").waitFor();
  stage.front.withheld = null;
  await page.locator("[data-failed] button").click();
  await page.locator("[data-side=own]").waitFor();
  await phone.close();
});

test("on the very first visit what was not loaded yet comes from what is kept", async () => {
  const phone = await stage.phone();
  await phone.pair("P4");
  await phone.untilKept();
  await phone.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  stage.front.isDown = true;
  const status = await phone.page.evaluate(async () => (await fetch("/rep.html")).status);
  expect(status).toBe(200);
  stage.front.isDown = false;
  await phone.close();
});
