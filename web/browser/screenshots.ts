/** Pictures of every view, for people to look at: `npm run screenshots` puts them into the folder `screenshots`. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { test } from "vitest";

import { Front } from "./front";
import { Hub } from "./hub";
import { Phone } from "./phone";
import { furnish, READY_MS, REP_SHEETS, repViews } from "./rep-views";
import { DIST, launch, type Look, open } from "./screen";
import { views } from "./views";

const FOLDER = join(import.meta.dirname, "../screenshots");

/** Which views, where not all of them: what their names match. */
const WANTED = new RegExp(process.env["FIELDBOOK_VIEWS"] ?? "");

const LOOKS: Record<string, Look> = {
  "ko-light": { preferences: { language: "ko", theme: "light" } },
  "en-dark": { preferences: { language: "en", theme: "dark" } },
  "zh-compact": { preferences: { language: "zh", theme: "light", density: "compact" } },
  "ko-phone": { width: 390, height: 844, preferences: { language: "ko", theme: "light" } },
  "en-phone-dark": { width: 320, height: 700, preferences: { language: "en", theme: "dark" } },
  "ko-large": { width: 1024, preferences: { language: "ko", theme: "light", text: "large" } },
};

test("a picture of every view in every look", async () => {
  await mkdir(FOLDER, { recursive: true });
  const hub = await Hub.start();
  const browser = await launch();
  try {
    const all = (await views(hub)).filter(({ name }) => WANTED.test(name));
    for (const [name, look] of Object.entries(LOOKS)) {
      const screen = await open(browser, hub, look);
      await screen.page.goto("/hq");
      await screen.page.locator("input[name=password]").waitFor();
      await screen.page.screenshot({ path: join(FOLDER, `sign-in.${name}.png`), fullPage: true });
      await screen.signIn("admin");
      for (const view of all) {
        await screen.page.goto(view.path);
        await screen.page.locator(view.ready).first().waitFor({ state: "attached" });
        await screen.page.waitForLoadState("networkidle", { timeout: 3_000 }).catch(() => undefined);
        await screen.page.screenshot({ path: join(FOLDER, `${view.name}.${name}.png`), fullPage: true });
      }
      await screen.close();
    }
  } finally {
    await browser.close();
    await hub.remove();
  }
});

const PHONES: Record<string, Look> = {
  "ko-light": { width: 390, height: 844, preferences: { language: "ko", theme: "light" } },
  "en-dark": { width: 390, height: 844, preferences: { language: "en", theme: "dark" } },
  "ko-large": { width: 320, height: 640, preferences: { language: "ko", theme: "light", text: "large" } },
  "zh-laptop": { width: 1280, height: 800, preferences: { language: "zh", theme: "light" } },
};

test("a picture of every page of the rep's app in every look", async () => {
  await mkdir(FOLDER, { recursive: true });
  const hub = await Hub.start();
  await furnish(hub);
  const front = await Front.start(() => hub.url, DIST);
  const browser = await launch();
  try {
    for (const [look, size] of Object.entries(PHONES)) {
      const phone = await Phone.buy(browser, front.url, size);
      const picture = (name: string) => phone.page.screenshot({ path: join(FOLDER, `rep-${name}.${look}.png`), fullPage: !name.startsWith("over-") });
      await phone.page.goto("/rep/");
      await phone.page.locator("input[name=code]").waitFor();
      await picture("pair");
      await phone.pair("P1");
      await phone.untilCustomers(4);
      for (const view of (await repViews(phone)).filter(({ name }) => WANTED.test(`rep-${name}`))) {
        await phone.go(view.path);
        await phone.page.locator(view.ready).first().waitFor({ timeout: READY_MS });
        await picture(view.name);
      }
      for (const sheet of REP_SHEETS) {
        await phone.go(sheet.path);
        await phone.page.locator(sheet.opens).first().click();
        await phone.page.locator("dialog[open]").waitFor();
        await picture(`over-${sheet.name}`);
        await phone.page.keyboard.press("Escape");
      }
      await phone.go("/more");
      await phone.page.locator("[data-lock]").click();
      await phone.page.locator("input[name=pin]").waitFor();
      await picture("locked");
      await phone.close();
    }
  } finally {
    await browser.close();
    await front.stop();
    await hub.remove();
  }
});
