/** Pictures of every view, for people to look at: `npm run screenshots` puts them into the folder `screenshots`. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { test } from "vitest";

import { Hub } from "./hub";
import { launch, type Look, open } from "./screen";
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
