/** Every page of the rep's app against the rules of accessibility, in its languages and themes, narrow, and with large text. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";

import { violations } from "./axe";
import type { PhoneLook } from "./phone";
import { everywhere, furnish, READY_MS, repViews } from "./rep-views";
import { Stage } from "./stage";

const stage = new Stage();

beforeAll(() => furnish(stage.hub));

/** How far a page is wider than the screen. */
const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

/** A bar that stays in sight covers part of what is scrolled below it, which axe takes for small; sizes are measured by [`small`]. */
const MEASURED = { "target-size": { enabled: false } };

/** Buttons, links and choices that are smaller than a thumb, but for links within a sentence. */
const small = (page: Page) =>
  page.evaluate(() => {
    const least = 48;
    const places = [...document.querySelectorAll<HTMLElement>("button, a[href], label:has(input[type=radio]), select, input:not([type=radio])")];
    const shown = places.filter((place) => place.checkVisibility() && !place.closest(".sr-only"));
    return shown.flatMap((place) => {
      const { width, height } = place.getBoundingClientRect();
      const isHidden = width <= 1 || height <= 1;
      const isLine = place.tagName === "INPUT" && width > least;
      return isHidden || (height >= least - 0.5 && (width >= least - 0.5 || isLine)) ? [] : [`${Math.round(width)} x ${Math.round(height)}: ${place.outerHTML.slice(0, 120)}`];
    });
  });

const LOOKS: [string, PhoneLook][] = [
  ["Korean, light", { preferences: { language: "ko", theme: "light" } }],
  ["English, dark", { preferences: { language: "en", theme: "dark" } }],
  ["Korean, dark, 320 px", { width: 320, height: 640, preferences: { language: "ko", theme: "dark" } }],
  ["English, light, 320 px, large text", { width: 320, height: 640, preferences: { language: "en", theme: "light", text: "large" } }],
  ["Chinese, laptop", { width: 1280, height: 800, preferences: { language: "zh", theme: "light" } }],
];

test.each(LOOKS)("all pages keep the rules: %s", async (_, look) => {
  const phone = await stage.phone(look);
  const { page } = phone;
  const found: string[] = [];
  const inspect = async (name: string) => {
    // With little motion every change of style still takes a frame.
    await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
    found.push(...(await violations(page, MEASURED)).map((violation) => `${name}: ${violation}`));
    found.push(...(await small(page)).map((place) => `${name}: smaller than a thumb, ${place}`));
    const wider = await overflow(page);
    if (wider > 0) found.push(`${name}: ${wider} pixels wider than the screen`);
  };
  await page.goto("/rep/");
  await page.locator("[data-chip-value=password]").waitFor();
  await inspect("pair");
  await page.goto("/rep/#pair=12345678");
  await page.reload();
  await page.locator("input[name=pin-again]").waitFor();
  await inspect("pin");
  await page.goto("/rep/");
  await page.reload();
  await phone.pair("P1");
  await phone.untilCustomers(4);
  await everywhere(phone, inspect);
  expect(found).toEqual([]);
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("all pages reflow with text of twice the size", async () => {
  const phone = await stage.phone({ width: 640 });
  await phone.pair("P1");
  await phone.untilCustomers(4);
  const found: string[] = [];
  for (const view of await repViews(phone)) {
    await phone.go(view.path);
    await phone.page.locator(view.ready).first().waitFor({ timeout: READY_MS });
    await phone.page.evaluate(() => (document.documentElement.style.fontSize = "212.5%"));
    const wider = await overflow(phone.page);
    if (wider > 0) found.push(`${view.name}: ${wider} pixels wider than the screen`);
  }
  expect(found).toEqual([]);
  await phone.close();
});
