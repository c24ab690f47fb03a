/**
 * A question to the figures whose answer goes on. The hub's stream is read by hand, because the browser's own reader
 * of events sends no token. Where the hub has no place for one more board, the question is asked again and again.
 */
import { waitMs } from "./backoff";
import { EventParser } from "./eventStream";
import { Problem } from "./problem";
import type { components } from "./schema";

/** What a question is answered with. */
export type Figures = components["schemas"]["Figures"];

/** What is known of the answer. */
export interface Live {
  /** The newest answer, also while the line is away. */
  readonly figures: Figures | null;
  /** The hub's time at which the answer was last known to hold, in UTC milliseconds. */
  readonly asOfMs: number | null;
  /** How answers come: `waiting` for the first, `live`, by `asking`, or not: the line is `lost`. */
  readonly line: "waiting" | "live" | "asking" | "lost";
  /** Why answers come by asking: the hub has no place for one more board, or there are more rows than a board carries. */
  readonly why: "full" | "rows" | null;
  /** Why there is no answer, where a person must know. */
  readonly problem: Problem | null;
}

/** What it needs of the page. */
export interface Line {
  /** Opens the stream. */
  open: (signal: AbortSignal) => Promise<Response>;
  /** Asks once. */
  ask: (signal: AbortSignal) => Promise<Figures>;
  /** The hub's clock. */
  now: () => number;
  /** Waits; ends early when the page says so. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Between 0 and 1. */
  dice: () => number;
}

/** The hub says something at least so often; a line silent for longer is dead. */
const SILENCE_MS = 40_000;
/** How often to ask where there is no stream. */
const ASK_EVERY_MS = 10_000;

/** Questions before the stream is tried again. */
const ASKED_BEFORE_STREAM = 3;

/** Before the first answer. */
export const NOTHING_YET: Live = { figures: null, asOfMs: null, line: "waiting", why: null, problem: null };

/** Keeps the answer to one question new until it is stopped. */
export class LiveFigures {
  readonly #line: Line;
  readonly #changed: (live: Live) => void;
  readonly #stop = new AbortController();
  #live: Live;
  #tries = 0;

  /** `kept` is what was known of the answer before. */
  constructor(line: Line, changed: (live: Live) => void, kept: Pick<Live, "figures" | "asOfMs"> = NOTHING_YET) {
    this.#line = line;
    this.#changed = changed;
    this.#live = { ...NOTHING_YET, ...kept };
  }

  /** Goes on until [`stop`]. */
  async run(): Promise<void> {
    while (!this.#isOver()) {
      try {
        await this.#stream();
        this.#become({ line: "lost" });
      } catch (thrown) {
        if (this.#isOver() || !(await this.#failed(Problem.from(thrown)))) return;
      }
      await this.#line.wait(waitMs(this.#tries++, this.#line.dice()), this.#stop.signal);
    }
  }

  /** Ends it. */
  stop(): void {
    this.#stop.abort();
  }

  #isOver(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Whether to try again. */
  async #failed(problem: Problem): Promise<boolean> {
    // More rows than a stream carries, or no place for one more board.
    if (problem.isBusy || problem.isQuestion) {
      const refused = await this.#askOn(problem.isBusy ? "full" : "rows");
      if (refused && !refused.mayPass && !refused.needsSignIn) {
        this.#become({ line: "lost", problem: refused });
        return false;
      }
      return true;
    }
    const isFinal = !problem.mayPass && !problem.needsSignIn;
    this.#become(isFinal ? { line: "lost", problem } : { line: "lost" });
    return !isFinal;
  }

  /** Reads the stream to its end. */
  async #stream(): Promise<void> {
    const { signal } = this.#stop;
    const answer = await this.#line.open(signal);
    if (!answer.ok) throw await Problem.of(answer);
    if (!answer.body) throw Problem.unreachable("no body");
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new EventParser();
    try {
      for (;;) {
        const piece = await this.#withinSilence(reader.read());
        if (piece === null || piece.done) return;
        this.#heard(parser.push(piece.value));
      }
    } finally {
      void reader.cancel().catch(() => undefined);
    }
  }

  /** What was read; null when the line stayed silent. */
  async #withinSilence<T>(reading: Promise<T>): Promise<T | null> {
    const over = new AbortController();
    const end = () => over.abort();
    this.#stop.signal.addEventListener("abort", end, { once: true });
    try {
      return await Promise.race([reading, this.#line.wait(SILENCE_MS, over.signal).then(() => null)]);
    } finally {
      over.abort();
      this.#stop.signal.removeEventListener("abort", end);
    }
  }

  #heard(events: readonly { name: string; data: string }[]): void {
    const news = events.filter((event) => event.name === "figures").at(-1);
    const asOfMs = this.#line.now();
    if (news) {
      this.#tries = 0;
      this.#become({ figures: JSON.parse(news.data) as Figures, asOfMs, line: "live", why: null, problem: null });
    } else if (this.#live.line === "live") {
      // A sign of life: nothing has changed up to now.
      this.#become({ asOfMs });
    }
  }

  /** Asks again and again; ends with the first refusal, or to try the stream once more. */
  async #askOn(why: "full" | "rows"): Promise<Problem | null> {
    const { signal } = this.#stop;
    for (let round = 0; round < ASKED_BEFORE_STREAM && !this.#isOver(); round++) {
      try {
        const figures = await this.#line.ask(signal);
        this.#tries = 0;
        this.#become({ figures, asOfMs: this.#line.now(), line: "asking", why, problem: null });
      } catch (thrown) {
        return this.#isOver() ? null : Problem.from(thrown);
      }
      await this.#line.wait(ASK_EVERY_MS, signal);
    }
    return null;
  }

  #become(change: Partial<Live>): void {
    if (this.#isOver()) return;
    this.#live = { ...this.#live, ...change };
    this.#changed(this.#live);
  }
}
