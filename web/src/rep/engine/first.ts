/**
 * The worker that opens the book, started before anything else of the page: a slow phone compiles the engine while it reads
 * the pages. What it says before somebody listens is kept.
 */
import { BOOK } from "./bookName";

/**
 * Whether another tab has the book. Asked before there is a worker here, which would have it itself; nothing where the
 * browser does not say.
 */
export const isElsewhere: Promise<boolean> = held().catch(() => false);

async function held(): Promise<boolean> {
  const locks = isSecureContext ? (await navigator.locks.query()).held : [];
  return locks?.some(({ name }) => name === BOOK) ?? false;
}

/** A worker, and what it said before somebody listened. */
export interface Started {
  readonly worker: Worker;
  readonly said: readonly Event[];
}

/** What a worker tells of itself. */
const KINDS = ["message", "error"] as const;

/** Starts a worker. */
export function newWorker(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "fieldbook" });
}

function begun(): (() => Started) | null {
  // Elsewhere there is no book, and the page says so.
  if (!isSecureContext) return null;
  try {
    const worker = newWorker();
    const said: Event[] = [];
    const keep = (event: Event) => void said.push(event);
    for (const kind of KINDS) worker.addEventListener(kind, keep);
    return () => {
      for (const kind of KINDS) worker.removeEventListener(kind, keep);
      return { worker, said };
    };
  } catch {
    // Whoever opens the book starts one too, and tells what is wrong.
    return null;
  }
}

let first = begun();

/** The first worker, to the first who asks; another to everybody else. */
export function takeWorker(): Started {
  const taken = first?.() ?? { worker: newWorker(), said: [] };
  first = null;
  return taken;
}
