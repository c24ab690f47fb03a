/** What nobody expects: programs in fields, endless names, a network that wants to be paid, devices that are shut out. */
import { expect, test } from "vitest";

import { HOSTILE_NAME, PASSWORD } from "./hub";
import type { Phone } from "./phone";
import { Stage } from "./stage";

const stage = new Stage();

const ENDLESS = "가".repeat(10_000);

/** Adds a customer of this name. */
async function add(phone: Phone, name: string): Promise<void> {
  await phone.go("/new-customer");
  await phone.page.locator("input[name=name]").fill(name);
  await phone.page.locator("[data-save]").click();
}

/** How far a page is wider than the screen. */
const overflow = (phone: Phone) => phone.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

test("a program in a name is text, and an endless name breaks no page", async () => {
  const phone = await stage.phone();
  await phone.pair("P1");
  await phone.untilCustomers(1);
  await add(phone, HOSTILE_NAME);
  await phone.page.locator("[data-card-name]", { hasText: HOSTILE_NAME }).waitFor();
  await phone.page.locator("[data-tab=notes]").click();
  await phone.page.locator("textarea").fill(HOSTILE_NAME);
  await phone.page.locator("main form button[type=submit]").click();
  await phone.page.locator("[data-notes]", { hasText: HOSTILE_NAME }).waitFor();
  expect(await phone.page.title()).not.toBe("pwned");
  expect(await phone.page.locator("main img").count()).toBe(0);
  await add(phone, ENDLESS);
  // Taken or refused: in words either way, and what was typed is still there where it was refused.
  await phone.page.locator("[data-card-name], [data-toast=problem]").first().waitFor();
  if ((await phone.page.locator("[data-toast=problem]").count()) > 0) {
    expect((await phone.page.locator("input[name=name]").inputValue()).length).toBe(ENDLESS.length);
  }
  for (const [path, ready] of [["/", "[data-figure=month]"], ["/customers", "[data-customer]"], ["/sale", "[data-offered]"], ["/results", "[data-explained]"]] as const) {
    await phone.go(path);
    await phone.page.locator(ready).first().waitFor();
    expect(await overflow(phone), path).toBeLessThanOrEqual(0);
  }
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("a network that answers everything with its own page is no answer", async () => {
  const phone = await stage.phone();
  await phone.pair("P4");
  await phone.untilCustomers(1);
  await phone.untilChip("synced");
  await phone.untilKept();
  stage.front.portal = "<!doctype html><title>Free Wi-Fi</title><h1>Accept the terms</h1>";
  await add(phone, "인터넷 카페");
  await phone.page.locator("[data-card-name]").waitFor();
  await phone.untilChip("offline");
  expect(await phone.page.locator("h1").innerText()).not.toContain("Accept");
  stage.front.portal = null;
  await phone.page.locator("[data-sync]").click();
  await phone.page.locator("dialog button", { hasText: "지금 동기화" }).click();
  await phone.page.keyboard.press("Escape");
  await phone.untilSent();
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("a sign-in that ended in the middle of a form leaves the form, and the work is sent after a new one", async () => {
  const phone = await stage.phone();
  await phone.pair("P1");
  await phone.untilChip("synced");
  await phone.go("/new-customer");
  await phone.page.locator("input[name=name]").fill("반쯤 적은 이름");
  await stage.hub.command(["user", "password", "P1", "--password-stdin"], `${PASSWORD}\n`);
  await phone.page.locator("[data-sync]").click();
  await phone.page.locator("dialog button", { hasText: "지금 동기화" }).click();
  await phone.page.keyboard.press("Escape");
  expect(await phone.page.locator("input[name=name]").inputValue()).toBe("반쯤 적은 이름");
  await phone.page.locator("[data-save]").click();
  await phone.page.locator("[data-card-name]", { hasText: "반쯤 적은 이름" }).waitFor();
  await phone.page.locator("[data-notice=sign-in] button").click();
  await phone.page.locator("dialog input[name=password]").fill(PASSWORD);
  await phone.page.keyboard.press("Enter");
  await phone.untilSent();
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("a wrong PIN, an easy one, a short code: each is told in words, and nothing is lost", async () => {
  const phone = await stage.phone();
  const { page } = phone;
  await page.goto("/rep/#pair=00000000");
  // The code is in no address any more.
  await page.locator("input[name=pin]").waitFor();
  expect(new URL(page.url()).hash).toBe("");
  for (const [pin, again, words] of [["12", "12", "6자리를 모두"], ["123456", "123456", "너무 쉬운"], ["284917", "284918", "다릅니다"]] as const) {
    await page.locator("input[name=pin]").fill(pin);
    await page.locator("input[name=pin-again]").fill(again);
    await page.locator("button[type=submit]").click();
    await page.getByText(words).waitFor();
  }
  await page.locator("input[name=pin-again]").fill("284917");
  await page.locator("button[type=submit]").click();
  await page.getByRole("alert").getByText("PAIR-CODE-WRONG").waitFor();
  await phone.pair("P1");
  await phone.untilChip("synced");
  await phone.restart();
  await phone.page.locator("input[name=pin]").fill("999998");
  await phone.page.getByText(/PIN이 맞지 않습니다/).waitFor();
  await phone.unlock();
  expect(phone.troubles).toEqual([]);
  await phone.close();
});
