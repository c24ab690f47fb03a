/** A hub and a browser for the tests of one file. */
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";

import { Hub } from "./hub";
import { Front } from "./front";
import { Phone, type PhoneLook } from "./phone";
import { DIST, launch, type Look, open, type Screen } from "./screen";

/** Both, from the first test of a file to its last. */
export class Stage {
  #hub: Hub | null = null;
  #browser: Browser | null = null;
  #front: Front | null = null;

  /** `settings` are those of the hub, as environment variables. */
  constructor(settings: Readonly<Record<string, string>> = {}) {
    beforeAll(async () => {
      this.#hub = await Hub.start(settings);
      this.#front = await Front.start(() => this.hub.url, DIST);
      this.#browser = await launch();
    });
    let before: readonly BrowserContext[] = [];
    beforeEach(() => {
      before = this.#browser?.contexts() ?? [];
    });
    // What a failed test left open would go on beside its second try.
    afterEach(async ({ task }) => {
      if (task.result?.state !== "fail") return;
      const left = this.#browser?.contexts().filter((context) => !before.includes(context)) ?? [];
      for (const context of left) await context.close();
    });
    afterAll(async () => {
      await this.#browser?.close();
      await this.#front?.stop();
      await this.#hub?.remove();
    });
  }

  /** The hub. */
  get hub(): Hub {
    if (!this.#hub) throw new Error("the hub starts with the first test");
    return this.#hub;
  }

  /** The network of phones. */
  get front(): Front {
    if (!this.#front) throw new Error("the network starts with the first test");
    return this.#front;
  }

  /** A phone with nothing on it; `at` is where it finds the hub, the network of phones where nothing is said. */
  phone(look: PhoneLook = {}, at: string = this.front.url): Promise<Phone> {
    if (!this.#browser) throw new Error("the browser starts with the first test");
    return Phone.buy(this.#browser, at, look);
  }

  /** A page of its own. */
  open(look: Look = {}): Promise<Screen> {
    if (!this.#browser) throw new Error("the browser starts with the first test");
    return open(this.#browser, this.hub, look);
  }
}
