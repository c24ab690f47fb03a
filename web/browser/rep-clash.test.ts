/** Two browsers and a terminal of one rep write the same field without knowing of each other. */
import { expect, test } from "vitest";

import type { Phone } from "./phone";
import { Stage } from "./stage";

const stage = new Stage();

const FIELD = "occupation";

const cardOf = ({ page }: Phone) => page.locator(`[data-clash=${FIELD}]`);

/** The values on a phone's card. */
async function valuesOn(phone: Phone): Promise<(string | null)[]> {
  await cardOf(phone).waitFor();
  const values = await cardOf(phone).locator("[data-clash-value]").evaluateAll((all) => all.map((one) => one.getAttribute("data-clash-value")));
  return values.sort();
}

test("all values are shown with who and when; one tap settles it everywhere", async () => {
  const device = await stage.hub.device("P1");
  await device.run(["sync"]);
  const phones = [await stage.phone(), await stage.phone()] as const;
  for (const phone of phones) {
    await phone.pair("P1");
    await phone.untilCustomers(2);
    await phone.untilChip("synced");
    await phone.untilKept();
  }
  stage.front.isDown = true;
  const words = ["교사", "변호사"];
  for (const [index, phone] of phones.entries()) {
    await phone.openCard("김철수");
    await phone.page.locator("[data-tab=details]").click();
    await phone.page.locator(`[data-field=${FIELD}] button`).click();
    await phone.page.locator(`input[name=${FIELD}]`).fill(words[index] ?? "");
    await phone.page.locator(`form[data-field=${FIELD}] button[type=submit]`).click();
    await phone.page.locator(`div[data-field=${FIELD}]`, { hasText: words[index] ?? "" }).waitFor();
  }
  await device.run(["customer", "set", device.customer, `${FIELD}=의사`]);
  await device.run(["sync"]);
  stage.front.isDown = false;
  for (const phone of phones) {
    await phone.syncNow();
  }
  const [first, second] = phones;
  await first.syncNow();
  await first.go("/");
  await first.untilChip("attention");
  const card = cardOf(first);
  await card.waitFor();
  expect(await card.locator("[data-clash-value]").count()).toBe(3);
  for (const word of [...words, "의사"]) {
    const value = card.locator(`[data-clash-value='${word}']`);
    expect(await value.innerText()).toMatch(/P1/);
    expect(await value.innerText()).toMatch(/\d\d:\d\d/);
  }
  expect(await card.locator(".border-accent").count()).toBe(1);

  // It is on the other's screen, too, and goes from there by what this one chooses.
  await cardOf(second).waitFor();
  await card.locator("[data-clash-value='변호사']").tap();
  await card.waitFor({ state: "detached" });
  await first.untilSent();
  await first.untilChip("synced");
  await device.run(["sync"]);
  expect(await device.run(["customer", "show", device.customer])).toContain("변호사");

  await second.syncNow();
  await cardOf(second).waitFor({ state: "detached" });
  await second.page.locator(`div[data-field=${FIELD}]`, { hasText: "변호사" }).waitFor();
  for (const phone of phones) {
    expect(phone.troubles).toEqual([]);
    await phone.close();
  }
});

test("a choice that is taken back leaves the clash as it was, here and elsewhere; the next one goes everywhere", async () => {
  await stage.hub.clash("P1");
  const phones = [await stage.phone(), await stage.phone()] as const;
  const [first, second] = phones;
  const both = ["교사", "변호사"];
  await first.holdToasts();
  for (const phone of phones) {
    await phone.pair("P1");
    await phone.untilChip("attention");
    await phone.go("/");
    expect(await valuesOn(phone)).toEqual(both);
  }

  await first.go("/customers");
  await first.tap("[data-filter=clash]");
  await first.page.locator("[data-customer]").first().click();
  await first.tap("[data-tab=details]");
  const details = first.page.locator(`div[data-field=${FIELD}]`);
  for (const word of both) {
    await cardOf(first).locator(`[data-clash-value='${word}']`).tap();
    // Shown as chosen at once, on every page.
    await cardOf(first).waitFor({ state: "detached" });
    await details.filter({ hasText: word }).waitFor();
    await first.page.locator("[data-toast=done] button").first().tap();
    expect(await valuesOn(first)).toEqual(both);
  }
  for (const phone of phones) await phone.syncNow();
  expect(await valuesOn(first)).toEqual(both);
  expect(await valuesOn(second)).toEqual(both);

  // What is not taken back is written once there is no way back any more.
  await first.letToastsGo();
  await first.go("/");
  await cardOf(first).locator("[data-clash-value='교사']").tap();
  await cardOf(first).waitFor({ state: "detached" });
  await first.untilChip("synced");
  expect(await cardOf(first).count()).toBe(0);
  await second.syncNow();
  await cardOf(second).waitFor({ state: "detached" });
  await second.untilChip("synced");
  const device = await stage.hub.device("P1", "P1-third");
  await device.run(["sync"]);
  expect(JSON.parse(await device.run(["clashes", "--json"]))).toEqual([]);
  for (const phone of phones) {
    expect(phone.troubles).toEqual([]);
    await phone.close();
  }
});

test("a choice is written before the book is locked, and a value that was typed at once", async () => {
  const [one, other] = [await stage.hub.device("P4", "P4-one"), await stage.hub.device("P4", "P4-other")];
  const phone = await stage.phone();
  const clash = async (customer: string) => {
    for (const device of [one, other]) await device.run(["sync"]);
    await one.run(["customer", "set", customer, `${FIELD}=교사`]);
    await other.run(["customer", "set", customer, `${FIELD}=변호사`]);
    for (const device of [one, other]) await device.run(["sync"]);
  };
  /** What all devices have, once they have exchanged. */
  const settled = async (customer: string, value: string) => {
    await one.run(["sync"]);
    expect(JSON.parse(await one.run(["clashes", "--json"]))).toEqual([]);
    expect(await one.run(["customer", "show", customer])).toContain(value);
  };
  await one.run(["sync"]);
  await clash(one.customer);
  await phone.pair("P4");
  await phone.untilChip("attention");
  await phone.go("/");
  await cardOf(phone).locator("[data-clash-value='교사']").tap();
  await phone.go("/more");
  await phone.tap("[data-lock]");
  await phone.page.locator("input[name=pin]").waitFor();
  await phone.restart();
  await phone.unlock();
  await phone.untilChip("synced");
  await settled(one.customer, "교사");

  await clash(other.customer);
  await phone.syncNow();
  await phone.go("/");
  await cardOf(phone).waitFor();
  await cardOf(phone).locator("[data-clash-other]").tap();
  await cardOf(phone).locator("input").fill("농부");
  await cardOf(phone).locator("button[type=submit]").tap();
  await cardOf(phone).waitFor({ state: "detached" });
  await phone.untilChip("synced");
  await settled(other.customer, "농부");
  expect(phone.troubles).toEqual([]);
  await phone.close();
});
