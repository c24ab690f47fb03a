/** A browser that looks at a hub's console, and what a test does with it. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

import { fileOf, headersOf } from "./front";
import { type Hub, PASSWORD } from "./hub";
import { CHROMIUM } from "./programs";

/** Where a freshly built console lies, to be shown in place of the hub's own: then the hub need not be built again. */
export const DIST = process.env["FIELDBOOK_CONSOLE"] ? resolve(process.env["FIELDBOOK_CONSOLE"]) : null;

/** How the screen is. */
export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly preferences?: Record<string, string>;
}

/** Starts the browser, with more arguments where a test needs them. */
export function launch(...more: string[]): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", ...more] });
}

/** Opens a page of a hub that is nobody's yet. */
export function open(browser: Browser, hub: Hub, look: Look = {}): Promise<Screen> {
  return openAt(browser, hub.url, look);
}

/** The same, of a hub that is known by its address. */
export async function openAt(browser: Browser, baseURL: string, look: Look = {}): Promise<Screen> {
  const { width = 1440, height = 900, preferences = { language: "ko" } } = look;
  const context = await browser.newContext({ viewport: { width, height }, baseURL, reducedMotion: "reduce" });
  await context.addInitScript((kept: string) => {
    if (!localStorage.getItem("fieldbook-preferences")) localStorage.setItem("fieldbook-preferences", kept);
  }, JSON.stringify(preferences));
  if (DIST) await showInstead(context, DIST);
  return new Screen(context, await context.newPage());
}

/** A page and what it complained about. */
export class Screen {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the page's scripts, and what its policy forbade. */
  readonly troubles: string[] = [];

  constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.on("pageerror", (error) => this.troubles.push(error.message));
    page.on("console", (message) => {
      // The browser itself notes every answer that is a refusal, and every line that breaks.
      const isOfTheNetwork = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !isOfTheNetwork) this.troubles.push(message.text());
    });
  }

  /** Signs in on the page that is shown. */
  async signIn(user: string): Promise<void> {
    await this.page.locator("input[name=user]").fill(user);
    await this.page.locator("input[name=password]").fill(PASSWORD);
    await this.page.keyboard.press("Enter");
    await this.page.locator("input[name=password]").waitFor({ state: "detached" });
  }

  /** Opens headquarters' live board, and remembers that this page was not loaded again; what it shows. */
  async watchBoard(): Promise<{ net: number; won: number }> {
    await this.page.goto("/hq");
    await this.signIn("hq");
    await this.page.locator("[data-line=live]").waitFor();
    await this.page.evaluate(() => document.body.setAttribute("data-not-reloaded", ""));
    return { net: await this.keyFigure("net"), won: await this.keyFigure("premium_net_won") };
  }

  /** Whether it is the page that began to watch. */
  async isNotReloaded(): Promise<boolean> {
    return (await this.page.locator("body[data-not-reloaded]").count()) === 1;
  }

  /** The number that a key figure shows. */
  async keyFigure(field: string): Promise<number> {
    const place = this.page.locator(`[data-key-figure=${field}]`).locator("[data-won],[data-count]").first();
    const value = (await place.getAttribute("data-won")) ?? (await place.getAttribute("data-count"));
    return Number(value);
  }

  /** Waits until a key figure shows a number; only where a limit is a promise, or a measure, is there another one than the browser's. */
  async untilKeyFigure(field: string, value: number, timeout = 30_000): Promise<void> {
    const shown = `[data-key-figure=${field}] [data-won="${value}"], [data-key-figure=${field}] [data-count="${value}"]`;
    await this.page.locator(shown).first().waitFor({ timeout });
  }

  /** The state of the sum check on the page: `agrees` or `differs`. */
  async sumCheck(): Promise<string | null> {
    return this.page.locator("[data-sum-check]").first().getAttribute("data-sum-check");
  }

  /** Closes it; an answer that a test was about to change is nobody's any more. */
  async close(): Promise<void> {
    await this.page.unrouteAll({ behavior: "ignoreErrors" });
    await this.context.unrouteAll({ behavior: "ignoreErrors" });
    await this.context.close();
  }
}

/** Shows the files of a folder as the hub would. */
async function showInstead(context: BrowserContext, dist: string): Promise<void> {
  await context.route(/^http:\/\/[^/]+\/(?!api\/|auth\/|as\/|healthz|readyz)/, async (route) => {
    const path = new URL(route.request().url()).pathname;
    const file = fileOf(dist, path);
    await route.fulfill({ body: readFileSync(file), headers: headersOf(path, file) });
  });
}
