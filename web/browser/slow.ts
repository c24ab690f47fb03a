/**
 * A phone as slow as those one has in the field, and what it takes to paint there.
 *
 * The browser slows pages down by its debugging protocol, and refuses to do so for workers. So what a worker tells is
 * held back for as long as a slower one would have taken longer: the time since it was asked, by its own clock, as often as
 * the rate says. What it waits for in that time, a disk or a line, is slowed down with it; what the page takes is not.
 */
import type { BrowserContext, Page } from "playwright-core";

import type { Calls } from "../src/rep/engine/contract";
import { WorkerBuild } from "./workerBuild";

/** How many times slower. */
export const RATE = 6;
/** What is not painted or answered within so long never will be. */
const PATIENCE_MS = 120_000;

interface Watching {
  /** Milliseconds from the last tap or letter, or from the opening of the page, until this is on the screen. */
  painted(selector: string): Promise<number>;
  /** Milliseconds from the opening of the page until all was heard that the worker has told so far. */
  heard(): Promise<number>;
  /** Asks the engine itself, past the pages: how long it took, slowed down. */
  ask(name: string, args: unknown): Promise<number>;
}

declare global {
  interface Window {
    slow: Watching;
  }
}

/** A copy of the app whose worker says how long it worked on what it tells; phones that are slowed down have it. */
export function slowBuild(): Promise<WorkerBuild> {
  return WorkerBuild.make(`(${tellWork.toString()})();`);
}

/** Slows down what workers of this phone's pages tell. Before they are opened, and with [`slowBuild`]. */
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

/** Milliseconds from the opening of a page until it knew that its book is there, to be opened. */
export async function bookMs(page: Page): Promise<number> {
  await engineMs(page, "state");
  return page.evaluate(() => window.slow.heard());
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

  let newest: Slow | null = null;
  interface Message {
    readonly tell: string;
    readonly id?: string;
    readonly workedMs?: number;
  }
  const workedMs = (event: Event): number => {
    const worked = (event as MessageEvent<Message>).data.workedMs;
    if (worked === undefined) throw new Error("this worker does not say how long it worked");
    return worked;
  };
  class Slow extends Worker {
    told = Promise.resolve();

    override addEventListener(kind: string, listener: EventListenerOrEventListenerObject): void {
      if (kind !== "message" || typeof listener !== "function") return super.addEventListener(kind, listener);
      super.addEventListener(kind, (event) => {
        const untilMs = event.timeStamp + (rate - 1) * workedMs(event);
        // One after the other, as they were told.
        this.told = this.told.then(async () => {
          await new Promise((done) => setTimeout(done, untilMs - performance.now()));
          listener(event);
        });
      });
    }
  }
  window.Worker = new Proxy(Slow, { construct: (made, args: ConstructorParameters<typeof Worker>) => (newest = new made(...args)) });

  const ask = (name: string, args: unknown) =>
    new Promise<number>((done, fail) => {
      inVain(`ask ${name}`, fail);
      const id = crypto.randomUUID();
      const hear = (event: MessageEvent<Message>) => {
        if (event.data.tell !== "answer" || event.data.id !== id) return;
        EventTarget.prototype.removeEventListener.call(newest, "message", hear as EventListener);
        done(workedMs(event) * rate);
      };
      EventTarget.prototype.addEventListener.call(newest, "message", hear as EventListener);
      newest?.postMessage({ tell: "call", id, name, args });
    });
  const heard = async () => {
    await newest?.told;
    return performance.now();
  };
  window.slow = { painted, heard, ask };
}

/** Runs in the worker, before anything else of it: what it tells says how long it worked on that. */
function tellWork(): void {
  const asked = new Map<string, number>();
  let hasAnswered = false;
  self.addEventListener("message", ({ data, timeStamp }: MessageEvent<{ tell: string; id?: string }>) => {
    if (data.tell === "call" && data.id !== undefined) asked.set(data.id, timeStamp);
  });
  const worked = ({ tell, id }: { tell: string; id?: string }) => {
    const now = performance.now();
    // Since the worker began, or since somebody asked first; what it does by itself keeps nobody waiting.
    if (tell !== "answer" || id === undefined) return hasAnswered ? now - Math.min(now, ...asked.values()) : now;
    const since = asked.get(id) ?? now;
    asked.delete(id);
    hasAnswered = true;
    return now - since;
  };
  const post = self.postMessage.bind(self) as (message: object) => void;
  Object.assign(self, { postMessage: (message: { tell: string; id?: string }) => post({ ...message, workedMs: worked(message) }) });
}
