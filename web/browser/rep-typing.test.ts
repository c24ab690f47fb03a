/** Korean as it is typed: syllables that are put together, and keys that belong to them. */
import type { CDPSession } from "playwright-core";
import { expect, test } from "vitest";

import { Stage } from "./stage";

const stage = new Stage();

/** What an input method shows while a syllable is not done. */
const compose = (keys: CDPSession, text: string) =>
  keys.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });

/** The key that an input method takes for itself. */
const heldEnter = (keys: CDPSession) =>
  keys.send("Input.dispatchKeyEvent", { type: "rawKeyDown", key: "Enter", code: "Enter", windowsVirtualKeyCode: 229 });

test("a search runs while one types, and the Enter that ends a syllable opens nothing and doubles nothing", async () => {
  await (await stage.hub.device("P1")).run(["sync"]);
  const phone = await stage.phone();
  await phone.pair("P1");
  await phone.untilCustomers(2);
  const { page } = phone;
  const keys = await phone.context.newCDPSession(page);
  const search = page.locator("input[name=search]");
  await search.focus();
  await compose(keys, "ㄱ");
  await compose(keys, "기");
  await compose(keys, "김");
  await page.locator("[data-total='1']").waitFor();
  await heldEnter(keys);
  // What that Enter would have asked for is answered before this is, and the list is still there to show it.
  await compose(keys, "뷁");
  await page.locator("[data-total='0']").waitFor();
  expect(new URL(page.url()).pathname).toBe("/rep/customers");
  await compose(keys, "김");
  await page.locator("[data-total='1']").waitFor();
  await keys.send("Input.insertText", { text: "김" });
  expect(await search.inputValue()).toBe("김");
  await compose(keys, "처");
  await compose(keys, "철");
  await keys.send("Input.insertText", { text: "철" });
  expect(await search.inputValue()).toBe("김철");
  await page.keyboard.press("Enter");
  await page.locator("[data-card-name]", { hasText: "김철수" }).waitFor();

  // A form is not sent by the Enter that ends a syllable either.
  await phone.go("/new-customer");
  await page.locator("input[name=name]").focus();
  await compose(keys, "박");
  await heldEnter(keys);
  expect(new URL(page.url()).pathname).toBe("/rep/new-customer");
  await keys.send("Input.insertText", { text: "박" });
  expect(await page.locator("input[name=name]").inputValue()).toBe("박");
  await page.keyboard.press("Enter");
  await page.locator("[data-card-name]", { hasText: /^박$/ }).waitFor();
  // Sent once: by the Enter after it.
  await phone.go("/customers");
  await search.fill("박");
  await page.locator("[data-customer]").first().waitFor();
  await page.locator("[data-total='1']").waitFor();
  expect(phone.troubles).toEqual([]);
  await phone.close();
});
