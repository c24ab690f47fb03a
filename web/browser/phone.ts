/** A rep's phone: a browser of its own that has the app open, and what a person does with it. */
import type { Browser, BrowserContext, Page } from "playwright-core";

import { PASSWORD } from "./hub";

/** The PIN of every phone. */
export const PIN = "284917";

/** How a phone is. */
export interface PhoneLook {
  readonly width?: number;
  readonly height?: number;
  readonly preferences?: Record<string, string>;
}

/** How long a first download may take on a busy machine. */
const PATIENCE_MS = 60_000;

/** How long the app says what can be taken back, and how long where a test has to get there. */
const TOAST_MS = 8_000;
const HELD_TOAST_MS = 5 * 60_000;

/** A phone. */
export class Phone {
  readonly context: BrowserContext;
  page: Page;
  /** Errors of the page's scripts, and what its policy forbade. */
  readonly troubles: string[] = [];
  /** Taps since they were counted last; typed digits and letters apart. */
  taps = 0;

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    this.#watch(page);
  }

  /** A new one, with nothing on it. */
  static async buy(browser: Browser, baseURL: string, look: PhoneLook = {}): Promise<Phone> {
    const { width = 390, height = 844, preferences = { language: "ko" } } = look;
    const context = await browser.newContext({ viewport: { width, height }, baseURL, hasTouch: true, reducedMotion: "reduce" });
    await context.addInitScript((kept: string) => {
      if (!localStorage.getItem("fieldbook-preferences")) localStorage.setItem("fieldbook-preferences", kept);
    }, JSON.stringify(preferences));
    return new Phone(context, await context.newPage());
  }

  /** Connects it by name and password; it may be used as soon as this is over. */
  async pair(user: string): Promise<void> {
    await this.introduce(user);
    await this.page.locator("button[type=submit]").click();
    await this.page.locator("[data-home-sale]").waitFor({ timeout: PATIENCE_MS });
  }

  /** The same up to the last tap. */
  async introduce(user: string): Promise<void> {
    await this.page.goto("/rep/");
    await this.page.locator("[data-chip-value=password]").click();
    await this.page.locator("input[name=user]").fill(user);
    await this.page.locator("input[name=password]").fill(PASSWORD);
    await this.page.locator("button[type=submit]").click();
    await this.page.locator("input[name=pin]").fill(PIN);
    await this.page.locator("input[name=pin-again]").fill(PIN);
  }

  /** Waits for a state of the chip. */
  async untilChip(state: string): Promise<void> {
    await this.page.locator(`[data-sync=${state}]`).waitFor({ timeout: PATIENCE_MS });
  }

  /** Waits until the app is kept for when there is no network, and what keeps it answers this page, too. */
  async untilKept(): Promise<void> {
    const isKept = () => navigator.serviceWorker.controller?.state === "activated";
    await this.page.waitForFunction(isKept, undefined, { timeout: PATIENCE_MS });
  }

  /** Waits until parts of the app that are loaded late have come and run: by name, so many files of each. */
  async untilRun(parts: Readonly<Record<string, number>>): Promise<void> {
    const loaded = (parts: Readonly<Record<string, number>>) => {
      const entries = performance.getEntriesByType("resource").filter((entry) => (entry as PerformanceResourceTiming).responseEnd > 0);
      const files = [...new Set(entries.map((entry) => entry.name))].filter((file) => file.endsWith(".js"));
      const of = (name: string) => files.filter((file) => file.includes(`/${name}-`));
      const isAll = Object.entries(parts).every(([name, number]) => of(name).length >= number);
      return isAll && Object.keys(parts).flatMap(of);
    };
    const files = await (await this.page.waitForFunction(loaded, parts, { timeout: PATIENCE_MS })).jsonValue();
    // What has come may not have run yet: it is imported again, which is over once it has. As text, for no build knows these addresses.
    await this.page.evaluate(`Promise.all(${JSON.stringify(files)}.map((file) => import(file))).then(() => undefined)`);
    await this.page.evaluate(() => new Promise((done) => requestIdleCallback(done)));
  }

  /** Says what can be taken back for longer than a busy machine takes to get there, until [`letToastsGo`]. Before the app is opened. */
  async holdToasts(): Promise<void> {
    await this.context.addInitScript(
      ([usualMs, heldMs]) => {
        const wait = window.setTimeout.bind(window);
        const held = (work: TimerHandler, afterMs?: number, ...told: unknown[]) =>
          wait(work, afterMs === usualMs && !("areToastsUsual" in window) ? heldMs : afterMs, ...told);
        Object.assign(window, { setTimeout: held });
      },
      [TOAST_MS, HELD_TOAST_MS] as const,
    );
  }

  /** From now on what is said goes as soon as it does in the app. */
  async letToastsGo(): Promise<void> {
    await this.page.evaluate(() => void Object.assign(window, { areToastsUsual: true }));
  }

  /** Waits until all was sent. */
  async untilSent(): Promise<void> {
    await this.page.locator("[data-sync][data-unsent='0']").waitFor({ timeout: PATIENCE_MS });
  }

  /** Exchanges now, by hand, and waits until all was sent. */
  async syncNow(): Promise<void> {
    await this.page.locator("[data-sync]").click();
    await this.page.locator("[data-sync-now]").click();
    await this.page.locator("[data-sync-now]:enabled").waitFor({ timeout: PATIENCE_MS });
    await this.page.keyboard.press("Escape");
    await this.untilSent();
  }

  /** Waits until the book of a rep has so many customers. */
  async untilCustomers(number: number): Promise<void> {
    await this.go("/customers");
    await this.page.locator(`[data-total='${number}']`).waitFor({ timeout: PATIENCE_MS });
  }

  /** Taps, as a thumb would. */
  async tap(selector: string): Promise<void> {
    await this.page.locator(selector).first().tap();
    this.taps += 1;
  }

  /** Goes to a page of the app without opening it anew. */
  async go(path: string): Promise<void> {
    await this.page.evaluate((to) => history.pushState(null, "", `/rep${to}`), path);
  }

  /** Opens the card of the customer whose name holds a text. */
  async openCard(text: string): Promise<void> {
    await this.go("/customers");
    await this.page.locator("input[name=search]").fill(text);
    await this.page.locator("[data-customer]", { hasText: text }).first().click();
    await this.page.locator("[data-card]").waitFor();
  }

  /** A sale, once the page for it is open and the customer chosen. */
  async finishSale(type: string, digits: string): Promise<void> {
    await this.tap(`[data-chip-value=${type}]`);
    for (const digit of digits) await this.page.locator(`[data-key='${digit}']`).tap();
    await this.page.locator("[data-key=man]").tap();
    await this.tap("[data-save]");
  }

  /** Opens the app anew in another tab, as from the home screen; the old one is closed. */
  async restart(): Promise<void> {
    await this.page.close();
    this.page = await this.context.newPage();
    this.#watch(this.page);
    await this.page.goto("/rep/");
  }

  /** Opens the book with the PIN. */
  async unlock(): Promise<void> {
    await this.page.locator("input[name=pin]").fill(PIN);
    await this.page.locator("[data-sync]").waitFor({ timeout: PATIENCE_MS });
  }

  /** Switches it off. */
  close(): Promise<void> {
    return this.context.close();
  }

  #watch(page: Page): void {
    page.on("pageerror", (error) => this.troubles.push(error.message));
    page.on("console", (message) => {
      // The browser itself notes every answer that did not come.
      const isOfTheNetwork = /Failed to load resource|WebSocket connection|net::ERR/.test(message.text());
      if (message.type() === "error" && !isOfTheNetwork) this.troubles.push(message.text());
    });
  }
}
