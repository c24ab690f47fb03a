/** The app without a part of itself: what could not be loaded takes nothing else away. */
import { afterEach, expect, test } from "vitest";

import { Stage } from "./stage";

const stage = new Stage();

// Whatever a test left behind, the next one has a network and all files.
afterEach(() => {
  stage.front.isDown = false;
  stage.front.withheld = null;
});

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

test("the very first page too comes by a tap, once there is a network", async () => {
  const phone = await stage.phone();
  stage.front.withheld = /\/PairPage-/;
  await phone.page.goto("/rep/");
  await phone.page.locator("[data-failed]").waitFor();
  stage.front.withheld = null;
  await phone.page.locator("[data-failed] button").click();
  await phone.page.locator("[data-chip-value=password]").waitFor();
  await phone.close();
});

test("on the very first visit what was not loaded yet comes from what is kept", async () => {
  const phone = await stage.phone();
  await phone.pair("P4");
  await phone.untilKept();
  stage.front.isDown = true;
  // A file that browsers ask for anew each time: without a network only what is kept can answer.
  expect(await phone.page.evaluate(async () => (await fetch("/rep/icon.svg")).status)).toBe(200);
  await phone.close();
});
