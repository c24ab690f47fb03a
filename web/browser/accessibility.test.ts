/** Every view against the rules of accessibility, in both languages and themes, narrow, and with large text. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";

import { OVER_THE_PAGE, violations } from "./axe";
import type { Look } from "./screen";
import { Stage } from "./stage";
import { type View, views } from "./views";

const stage = new Stage();
let all: View[];

beforeAll(async () => {
  all = await views(stage.hub);
});

/** How far a page is wider than the screen, once nothing of it stands in for what is still to come. */
async function overflow(page: Page): Promise<number> {
  await page.waitForFunction(() => !document.querySelector(".animate-pulse"));
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

const LOOKS: [string, Look][] = [
  ["Korean, light", { preferences: { language: "ko", theme: "light" } }],
  ["English, dark", { preferences: { language: "en", theme: "dark" } }],
  ["Korean, dark, 320 px", { width: 320, preferences: { language: "ko", theme: "dark" } }],
  ["English, light, 320 px", { width: 320, preferences: { language: "en", theme: "light" } }],
  ["Chinese, compact, western colours", { preferences: { language: "zh", theme: "light", density: "compact", trend: "western" } }],
  ["Korean, 320 px, large text", { width: 320, preferences: { language: "ko", theme: "light", text: "large" } }],
];

test.each(LOOKS)("all views keep the rules: %s", async (_, look) => {
  const screen = await stage.open(look);
  const { page } = screen;
  const found: string[] = [];
  const inspect = async (name: string) => {
    found.push(...(await violations(page)).map((violation) => `${name}: ${violation}`));
    const wider = await overflow(page);
    if (wider > 0) found.push(`${name}: ${wider} pixels wider than the screen`);
  };
  await page.goto("/hq");
  await page.locator("input[name=password]").waitFor();
  await inspect("sign-in");
  await screen.signIn("admin");
  for (const view of all) {
    await page.goto(view.path);
    await page.locator(view.ready).first().waitFor({ state: "attached" });
    await page.waitForFunction(() => !document.querySelector(".animate-pulse"));
    await inspect(view.name);
  }
  expect(found).toEqual([]);
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("all views reflow with text of twice the size", async () => {
  const found: string[] = [];
  const screen = await stage.open({ width: 640, preferences: { language: "ko" } });
  const { page } = screen;
  await page.goto("/hq");
  await screen.signIn("admin");
  for (const view of all) {
    await page.goto(view.path);
    await page.locator(view.ready).first().waitFor({ state: "attached" });
    await page.evaluate(() => (document.documentElement.style.fontSize = "212.5%"));
    const wider = await overflow(page);
    if (wider > 0) found.push(`${view.name}: ${wider} pixels wider than the screen`);
  }
  expect(found).toEqual([]);
  await screen.close();
});

test("what opens keeps the rules too", async () => {
  const screen = await stage.open();
  const { page } = screen;
  await page.goto("/hq");
  await screen.signIn("hq");
  await page.locator("[data-line=live]").waitFor();
  await page.locator("[data-completeness] button").click();
  await page.getByRole("region", { name: "보고하지 않은 설계사" }).waitFor();
  expect(await violations(page), "silent reps").toEqual([]);
  for (const name of [/화면 설정/, /기간 선택/, /내보내기/, /계정/]) {
    await page.getByRole("button", { name }).click();
    await page.locator("[role=dialog], [role=menu]").first().waitFor();
    expect(await violations(page, OVER_THE_PAGE), String(name)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.locator("[role=dialog], [role=menu]").first().waitFor({ state: "detached" });
  }
  await screen.close();
});
