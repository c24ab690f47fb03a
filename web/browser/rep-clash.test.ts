/** Two browsers and a terminal of one rep write the same field without knowing of each other. */
import { expect, test } from "vitest";

import { Stage } from "./stage";

const stage = new Stage();

const FIELD = "occupation";

test("both values are shown with who and when; one tap settles it, another takes that back", async () => {
  const device = await stage.hub.device("P1");
  await device.run(["sync"]);
  const phones = [await stage.phone(), await stage.phone()] as const;
  for (const phone of phones) {
    await phone.pair("P1");
    await phone.untilCustomers(2);
    await phone.untilChip("synced");
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
    await phone.page.locator("[data-sync]").click();
    await phone.page.locator("dialog button", { hasText: "지금 동기화" }).click();
    await phone.page.keyboard.press("Escape");
    await phone.untilSent();
  }
  const [first, second] = phones;
  await first.page.locator("[data-sync]").click();
  await first.page.locator("dialog button", { hasText: "지금 동기화" }).click();
  await first.page.keyboard.press("Escape");
  await first.go("/");
  await first.untilChip("attention");
  const card = first.page.locator(`[data-clash=${FIELD}]`);
  await card.waitFor();
  expect(await card.locator("[data-clash-value]").count()).toBe(3);
  for (const word of [...words, "의사"]) {
    const value = card.locator(`[data-clash-value='${word}']`);
    expect(await value.innerText()).toMatch(/P1/);
    expect(await value.innerText()).toMatch(/\d\d:\d\d/);
  }
  expect(await card.locator(".border-accent").count()).toBe(1);

  await card.locator("[data-clash-value='변호사']").tap();
  await card.waitFor({ state: "detached" });
  await first.untilSent();
  await first.untilChip("synced");
  await device.run(["sync"]);
  expect(await device.run(["customer", "show", device.customer])).toContain("변호사");

  await second.page.locator("[data-sync]").click();
  await second.page.locator("dialog button", { hasText: "지금 동기화" }).click();
  await second.page.keyboard.press("Escape");
  await second.page.locator(`div[data-field=${FIELD}]`, { hasText: "변호사" }).waitFor();
  for (const phone of phones) {
    expect(phone.troubles).toEqual([]);
    await phone.close();
  }
});
