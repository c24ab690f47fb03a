/** What one does most on each page is where the thumb of the hand that holds the phone is: in the lower half. */
import { beforeAll, expect, test } from "vitest";

import type { Phone } from "./phone";
import { everywhere, furnish } from "./rep-views";
import { Stage } from "./stage";

const stage = new Stage();

beforeAll(() => furnish(stage.hub));

/** Buttons and links that stand out (`buttonClass("main")`), the places of the bar, and what the (+) sheet offers. */
const PRIMARY = ".bg-accent.text-on-accent:is(a, button), nav:has([data-add]) > a, [data-add], [data-add-way]";

/** Those in sight whose centre is in the upper half of the screen; of something over the page, what is in it. */
const outOfReach = ({ page }: Phone) =>
  page.evaluate((primary) => {
    const top = document.querySelector("dialog[open]") ?? document;
    const shown = [...top.querySelectorAll<HTMLElement>(primary)].filter((place) => place.checkVisibility());
    const centre = (place: HTMLElement) => {
      const { top, height } = place.getBoundingClientRect();
      return top + height / 2;
    };
    const high = shown.filter((place) => centre(place) < innerHeight / 2);
    return { number: shown.length, high: high.map((place) => `${Math.round(centre(place))} of ${innerHeight}: ${place.innerText.trim() || place.outerHTML.slice(0, 80)}`) };
  }, PRIMARY);

test.each([[360, 740], [412, 915]])("primary actions are within reach of one thumb: %i x %i", async (width, height) => {
  const phone = await stage.phone({ width, height });
  const { page } = phone;
  // Said once; without it pages begin higher.
  await phone.context.addInitScript(() => localStorage.setItem("fieldbook-ready-seen", "yes"));
  const found: string[] = [];
  const inspect = async (name: string) => {
    await page.evaluate(() => scrollTo(0, 0));
    const { number, high } = await outOfReach(phone);
    expect(number, `${name} has something to do`).toBeGreaterThan(0);
    found.push(...high.map((place) => `${name}: ${place}`));
  };
  await page.goto("/rep/");
  await page.locator("[data-chip-value=password]").waitFor();
  await inspect("pair");
  await page.locator("[data-chip-value=password]").click();
  await page.locator("input[name=user]").waitFor();
  await inspect("password");
  await phone.introduce("P1");
  await inspect("pin");
  await page.locator("button[type=submit]").click();
  await phone.untilCustomers(4);
  await everywhere(phone, inspect);
  expect(found).toEqual([]);
  await phone.close();
});
