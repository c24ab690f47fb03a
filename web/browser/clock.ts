/** A phone whose clock is off: its pages and the worker that holds the book are told another time than this machine's. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import type { Phone } from "./phone";
import { DIST } from "./screen";

/** Where a page keeps how far off it is to be; a person who sets the clock writes here. */
const KEY = "test-clock";
/** The worker that holds the book; it has no storage of the page's, so the number is its name. */
const WORKER = /^worker-.*\.js$/;

/** A copy of the app whose worker is as far off as its name says. */
export class ClockBuild {
  private constructor(readonly folder: string) {}

  /** Copies what was built. */
  static async make(): Promise<ClockBuild> {
    const folder = await mkdtemp(join(tmpdir(), "fieldbook-clock-"));
    await cp(DIST ?? resolve(import.meta.dirname, "../dist"), folder, { recursive: true });
    const assets = join(folder, "rep/assets");
    const worker = (await readdir(assets)).find((name) => WORKER.test(name));
    if (!worker) throw new Error("the build has no worker");
    const file = join(assets, worker);
    await writeFile(file, `(${shift.toString()})(Number(self.name));\n${await readFile(file, "utf8")}`);
    return new ClockBuild(folder);
  }

  /** Removes it. */
  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
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
  window.Worker = new Proxy(Worker, {
    construct: (real, [url, options]: [URL, WorkerOptions]) => new real(url, { ...options, name: String(byMs) }),
  });
}
