/**
 * A phone as slow as those one has in the field, and what it takes to paint there.
 *
 * The browser slows pages down by its debugging protocol, and refuses to do so for workers. So what a worker tells is
 * held back for as long as a slower one would have taken longer: the time since it was asked, as often as the rate says.
 * The wait for the page itself is in that time too, so the number is rather too high than too low.
 */
import type { BrowserContext, Page } from "playwright-core";

import type { Calls } from "../src/rep/engine/contract";

/** How many times slower. */
export const RATE = 6;
/** What is not painted or answered within so long never will be. */
const PATIENCE_MS = 120_000;

interface Watching {
  /** Milliseconds from the last tap or letter, or from the opening of the page, until this is on the screen. */
  painted(selector: string): Promise<number>;
  /** Asks the engine itself, past the pages: how long it took, slowed down. */
  ask(name: string, args: unknown): Promise<number>;
}

declare global {
  interface Window {
    slow: Watching;
  }
}

/** Slows down what workers of this phone's pages tell. Before they are opened. */
export async function slowWorkers(context: BrowserContext): Promise<void> {
  await context.addInitScript(watch, [RATE, PATIENCE_MS] as const);
}

/** Slows a page down. */
export async function slowPage(context: BrowserContext, page: Page): Promise<void> {
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: RATE });
}

/** How long the engine takes to answer, slowed down. */
export function engineMs<Name extends keyof Calls>(page: Page, name: Name, ...args: Parameters<Calls[Name]>): Promise<number> {
  return page.evaluate(([name, args]) => window.slow.ask(name, args), [name, args[0] ?? {}] as const);
}

/** Does something to a page; milliseconds from the tap or letter of it until `ready`, not there before, was on the screen. */
export async function paintMs(page: Page, ready: string, act: () => Promise<unknown>): Promise<number> {
  if ((await page.locator(ready).count()) > 0) throw new Error(`${ready} is there before anything was done`);
  // Watched for from before: whoever looks later than it is there finds it late.
  const painted = page.evaluate((ready) => window.slow.painted(ready), ready);
  await act();
  return painted;
}

/** Milliseconds from the opening of a page until `ready` was on the screen. */
export async function openedMs(page: Page, path: string, ready: string): Promise<number> {
  await page.goto(path, { waitUntil: "commit" });
  return page.evaluate((ready) => window.slow.painted(ready), ready);
}

/** The part of `values` that this share of them does not pass. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** Runs in the page, before anything else of it. */
function watch([rate, patienceMs]: readonly [number, number]): void {
  /** When what was last touched was touched. */
  let touchedMs = 0;
  /** What waits for something to be there. */
  const looks = new Set<() => void>();
  const touch = (event: Event) => (touchedMs = event.timeStamp);
  for (const kind of ["click", "input"]) window.addEventListener(kind, touch, { capture: true });

  const inVain = (what: string, fail: (problem: Error) => void) => setTimeout(() => fail(new Error(`${what}: in vain for ${patienceMs} ms`)), patienceMs);

  const painted = (selector: string) =>
    new Promise<number>((done, fail) => {
      inVain(`paint ${selector}`, fail);
      const look = () => {
        if (!document.querySelector(selector)) return;
        looks.delete(look);
        // The frame that shows it is over once a message sent from within it is handled.
        requestAnimationFrame(() => {
          const after = new MessageChannel();
          after.port1.onmessage = () => done(performance.now() - touchedMs);
          after.port2.postMessage(null);
        });
      };
      looks.add(look);
      look();
    });
  new MutationObserver(() => looks.forEach((look) => look())).observe(document, { subtree: true, childList: true, attributes: true });

  let newest: Worker | null = null;
  interface Message {
    readonly tell: string;
    readonly id?: string;
  }
  class Slow extends Worker {
    readonly #asked = new Map<string, number>();
    readonly #made = performance.now();
    #hasAnswered = false;
    #told = Promise.resolve();

    override postMessage(message: Message): void {
      if (message.tell === "call" && message.id) this.#asked.set(message.id, performance.now());
      super.postMessage(message);
    }

    override addEventListener(kind: string, listener: EventListenerOrEventListenerObject): void {
      if (kind !== "message" || typeof listener !== "function") return super.addEventListener(kind, listener);
      super.addEventListener(kind, (event) => {
        const untilMs = performance.now() + (rate - 1) * this.#took((event as MessageEvent<Message>).data);
        // One after the other, as they were told.
        this.#told = this.#told.then(async () => {
          await new Promise((done) => setTimeout(done, untilMs - performance.now()));
          listener(event);
        });
      });
    }

    /** How long it worked on what it tells. */
    #took({ tell, id }: Message): number {
      const now = performance.now();
      if (tell !== "answer" || id === undefined) {
        const since = this.#hasAnswered ? Math.min(now, ...this.#asked.values()) : this.#made;
        return now - since;
      }
      const since = this.#asked.get(id) ?? now;
      this.#asked.delete(id);
      this.#hasAnswered = true;
      return now - since;
    }
  }
  window.Worker = new Proxy(Slow, { construct: (made, args: ConstructorParameters<typeof Worker>) => (newest = new made(...args)) });

  const ask = (name: string, args: unknown) =>
    new Promise<number>((done, fail) => {
      inVain(`ask ${name}`, fail);
      const id = crypto.randomUUID();
      const begun = performance.now();
      const hear = (event: MessageEvent<Message>) => {
        if (event.data.tell !== "answer" || event.data.id !== id) return;
        EventTarget.prototype.removeEventListener.call(newest, "message", hear as EventListener);
        done((performance.now() - begun) * rate);
      };
      EventTarget.prototype.addEventListener.call(newest, "message", hear as EventListener);
      newest?.postMessage({ tell: "call", id, name, args });
    });
  window.slow = { painted, ask };
}
