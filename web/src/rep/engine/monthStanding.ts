/** Where the rep stands this month, asked after exchanges that reached the hub. */
import { askHub, type SignIn } from "./askHub";
import type { MonthStanding, SyncStatus } from "./contract";

const PATH = "/api/v1/me/standing";
/** It changes with each sale of the branch, and each answer is more than an exchange without news. */
const EVERY_MS = 30 * 60_000;
/** After a try that brought nothing. */
const AGAIN_MS = 60_000;

/** What is known when an exchange is over, or in the middle of a first download. Times are of one clock that nobody sets. */
export interface Moment {
  readonly nowMs: number;
  /** When it was told last, and asked for last. */
  readonly toldMs: number | null;
  readonly askedMs: number | null;
  /** Whether own sales were sent since then. */
  readonly hasSold: boolean;
  readonly status: Pick<SyncStatus, "online" | "unsent" | "download">;
}

/** Whether to ask now. Pure. */
export function isDue({ nowMs, toldMs, askedMs, hasSold, status }: Moment): boolean {
  const isReached = status.online || status.download !== undefined;
  if (!isReached) return false;
  if (toldMs === null) return askedMs === null || nowMs - askedMs >= AGAIN_MS;
  return (hasSold && status.unsent === 0) || nowMs - toldMs >= EVERY_MS;
}

/** Asks when it is due, and tells what came. */
export class MonthStandings {
  readonly #signIn: () => Promise<SignIn | null>;
  readonly #tell: (standing: MonthStanding) => void;
  #toldMs: number | null = null;
  #askedMs: number | null = null;
  #hasSold = false;
  #isAsking = false;

  constructor(signIn: () => Promise<SignIn | null>, tell: (standing: MonthStanding) => void) {
    this.#signIn = signIn;
    this.#tell = tell;
  }

  /** A sale was recorded, or taken back. */
  sold(): void {
    this.#hasSold = true;
  }

  /** Another person's book: what was asked says nothing of it. */
  forget(): void {
    this.#toldMs = null;
    this.#askedMs = null;
    this.#hasSold = false;
  }

  /** Where the exchanges stand. */
  async heard(status: SyncStatus): Promise<void> {
    const nowMs = performance.now();
    if (this.#isAsking || !isDue({ nowMs, toldMs: this.#toldMs, askedMs: this.#askedMs, hasSold: this.#hasSold, status })) return;
    this.#isAsking = true;
    this.#askedMs = nowMs;
    this.#hasSold = false;
    try {
      const signIn = await this.#signIn();
      if (!signIn) return;
      const standing = await askHub<MonthStanding>(signIn, PATH);
      this.#toldMs = nowMs;
      this.#tell(standing);
    } catch {
      // Not told: what was told before stays, with its time, and the next exchange asks again.
      this.#toldMs = null;
    } finally {
      this.#isAsking = false;
    }
  }
}
