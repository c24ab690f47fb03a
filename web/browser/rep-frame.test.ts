/** What stands around every page of the app, and how one leaves it. */
import { expect, test } from "vitest";

import { Stage } from "./stage";

const stage = new Stage();

/** No strip that is only to be known takes more of a phone's height. */
const MOST_PIXELS = 64;
/** Where the app keeps on which day it was closed. */
const CLOSED_KEY = "fieldbook-unprotected-seen";

test("that the browser may clear the book is said in one line, until it is closed for the day", async () => {
  const phone = await stage.phone({ width: 360 });
  const notice = () => phone.page.locator("[data-notice=unprotected]");
  await phone.pair("P1");
  await notice().waitFor();
  expect((await notice().boundingBox())?.height).toBeLessThanOrEqual(MOST_PIXELS);
  await notice().getByRole("link").tap();
  // The page it leads to tells the rest.
  await phone.page.locator("[data-unprotected]", { hasText: "시크릿 창" }).waitFor();
  await phone.tap("[data-close-notice]");
  await notice().waitFor({ state: "detached" });
  await phone.restart();
  await phone.unlock();
  await phone.untilChip("synced");
  // Where it would stand if it were said, it is by now: the page below it tells the same.
  await phone.go("/more/install");
  await phone.page.locator("[data-unprotected]").waitFor();
  expect(await notice().count()).toBe(0);
  // What was closed on another day is said again.
  await phone.page.evaluate((key) => localStorage.setItem(key, new Date(Date.now() - 86_400_000).toDateString()), CLOSED_KEY);
  await phone.restart();
  await phone.unlock();
  await notice().waitFor();
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("signing out ends the sign-in at the hub too", async () => {
  const phone = await stage.phone();
  const tokens: string[] = [];
  phone.page.on("request", (request) => {
    const token = request.headers()["authorization"];
    if (token) tokens.push(token);
  });
  await phone.pair("P1");
  await phone.untilChip("synced");
  const isKnown = async () => {
    const answer = await fetch(`${stage.hub.url}/api/v1/me`, { headers: { authorization: tokens.at(-1) ?? "" } });
    return answer.ok;
  };
  expect(await isKnown()).toBe(true);
  await phone.go("/more");
  await phone.tap("[data-sign-out]");
  await phone.page.locator("dialog button.bg-accent").tap();
  await phone.page.locator("input[name=code]").waitFor();
  await expect.poll(isKnown).toBe(false);
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("signing out without network takes the book away all the same", async () => {
  const phone = await stage.phone();
  await phone.pair("P1");
  await phone.untilChip("synced");
  await phone.go("/more");
  await phone.untilKept();
  stage.front.isDown = true;
  await phone.tap("[data-sign-out]");
  await phone.page.locator("dialog button.bg-accent").tap();
  await phone.page.locator("input[name=code]").waitFor();
  stage.front.isDown = false;
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("who forgot the PIN is told what would be lost, and gets the book again", async () => {
  const phone = await stage.phone();
  await phone.pair("P1");
  await phone.untilCustomers(1);
  await phone.untilSent();
  await phone.untilKept();
  stage.front.isDown = true;
  await phone.go("/new-customer");
  await phone.page.locator("input[name=name]").fill("한지민");
  await phone.tap("[data-save]");
  await phone.page.locator("[data-sync][data-unsent]:not([data-unsent='0'])").waitFor();
  await phone.restart();
  await phone.tap("[data-forgotten-pin]");
  const dialog = phone.page.locator("dialog[open]");
  expect(await dialog.locator("[data-lost]").getAttribute("data-lost")).not.toBe("0");
  const remove = dialog.locator("button[type=submit]");
  await dialog.locator("input[name=owner]").fill("P");
  expect(await remove.isDisabled()).toBe(true);
  await dialog.locator("input[name=owner]").fill("P1");
  await remove.tap();
  await phone.page.locator("input[name=code]").waitFor();
  stage.front.isDown = false;
  await phone.pair("P1");
  await phone.untilCustomers(1);
  expect(phone.troubles).toEqual([]);
  await phone.close();
});
