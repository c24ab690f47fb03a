/** A phone whose clock is off: its pages and the worker that holds the book are told another time than this machine's. */
import type { Phone } from "./phone";
import { WorkerBuild } from "./workerBuild";

/** Where a page keeps how far off it is to be; a person who sets the clock writes here. */
const KEY = "test-clock";

/** A copy of the app whose worker is as far off as its name says. */
export function clockBuild(): Promise<WorkerBuild> {
  return WorkerBuild.make(`(${shift.toString()})(Number(self.name));`);
}

/** Puts a phone's clock so far ahead, before the app is opened on it for the first time. */
export async function sellWithClock({ context }: Phone, aheadMs: number): Promise<void> {
  const content = `(${begin.toString()})(${shift.toString()}, ${JSON.stringify(KEY)}, ${aheadMs});`;
  await context.addInitScript({ content });
}

/** Sets the clock, and opens the app anew. */
export async function setClock(phone: Phone, aheadMs: number): Promise<void> {
  await phone.page.evaluate(([key, ms]) => localStorage.setItem(key, ms), [KEY, String(aheadMs)] as const);
  await phone.restart();
}

/** Runs in the page and in its worker, before anything else of them. */
function shift(byMs: number): void {
  const now = Date.now.bind(Date);
  Date.now = () => now() + byMs;
  globalThis.Date = new Proxy(Date, {
    construct: (real, parts: unknown[], made) => Reflect.construct(real, parts.length === 0 ? [real.now()] : parts, made) as Date,
  });
}

/** Runs in the page. */
function begin(shift: (byMs: number) => void, key: string, firstMs: number): void {
  const byMs = Number(localStorage.getItem(key) ?? firstMs);
  shift(byMs);
  // A worker has no storage of the page's: the number is its name.
  window.Worker = new Proxy(Worker, {
    construct: (real, [url, options]: [URL, WorkerOptions]) => new real(url, { ...options, name: String(byMs) }),
  });
}
