/** The book in the worker that has it: calls, exchanges when they are due, pokes. */
import { askHub, NotTold, type SignIn } from "./askHub";
import { BOOK } from "./bookName";
import { byOwnClock, goByHub, keepClock } from "./clock";
import type { BookEvent, BookState, CallProblem, OwnDevice, SyncStatus } from "./contract";
import { sayFarewell } from "./farewell";
import { type Asked, CHANGING, type Pin, problemOf, type Told } from "./messages";
import { MonthStandings } from "./monthStanding";
import init, { Book } from "./pkg/engine";
import { Pokes } from "./pokes";

/** After an edit: edits that follow at once go out together. */
const AFTER_EDIT_MS = 300;
/** After the book was opened: what the first page asks is answered before. */
const AFTER_OPENING_MS = 300;
/** Between exchanges that follow each other: a hub that says "not this time" is not asked without a pause. */
const BETWEEN_MS = 1_000;
/** Signing out waits no longer for a token that holds. */
const BEFORE_FAREWELL_MS = 3_000;
/** A try that is due, and one that a timer cannot count to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** After which calls the state may be another one. */
const MOVING: ReadonlySet<string> = new Set(["pair", "signIn", "unlock", "lock", "signOut"]);
/** After which calls their PIN is the one that opens the book. */
const OPENING: ReadonlySet<string> = new Set(["pair", "unlock", "changePin"]);
/** After which calls the rep may stand elsewhere. */
const SELLING: ReadonlySet<string> = new Set(["recordSale", "undo"]);
/** Where the person's devices are. */
const DEVICES = "/api/v1/me/devices";
/** What the store says when the browser took it away. */
const GONE = "STORE-UNWRITABLE";

/** Compiled while the worker waits for its turn; whether it could be is asked when that has come. */
const engine = init();
engine.catch(() => undefined);

/** The status, and when the engine wants to try next. */
type Standing = SyncStatus & { nextSyncMs: number | null };

export class Leader {
  readonly #tell: (told: Told | Pin) => void;
  readonly #isPersisted: () => boolean | null;
  readonly #pokes: Pokes;
  readonly #standings: MonthStandings;
  #book: Book | null = null;
  #unusable: BookState | null = null;
  #hubAheadMs: number | null = null;
  #timer = 0;
  #syncing: Promise<void> | null = null;

  /** `isPersisted` is whether the browser keeps the book, as far as it has said. */
  constructor(tell: (told: Told | Pin) => void, isPersisted: () => boolean | null) {
    this.#tell = tell;
    this.#isPersisted = isPersisted;
    this.#pokes = new Pokes(() => this.#socket(), (frame) => void this.#poked(frame));
    this.#standings = new MonthStandings(() => this.#socket(), (standing) => this.#announce({ event: "standing", standing }));
    keepClock((aheadMs) => {
      this.#hubAheadMs = aheadMs;
      this.tellClock();
    });
  }

  /** Tells how far the hub's clock is ahead, once that is known. */
  tellClock(): void {
    if (this.#hubAheadMs !== null) this.#announce({ event: "clock", aheadMs: this.#hubAheadMs });
  }

  /**
   * Opens the book, with the PIN where another tab had it open; the state it is in. What keeps the app from working is a
   * state too.
   */
  async open(pin: string | null): Promise<BookState> {
    try {
      await engine;
      this.#book = await Book.open(BOOK);
    } catch (error) {
      const { code, message } = problemOf(error);
      this.#unusable = { kind: "unusable", code, message };
      return this.#unusable;
    }
    const state = await this.#state();
    if (state.kind === "locked") void this.#book.readAhead();
    if (state.kind !== "locked" || pin === null) return state;
    const opened = JSON.parse(await this.#book.call("unlock", "", JSON.stringify({ pin }))) as BookState;
    goByHub(opened.kind === "ready");
    this.#due(AFTER_OPENING_MS);
    return opened;
  }

  /** Answers a call; refuses with a problem as JSON. */
  async call({ id, name, args }: Asked): Promise<unknown> {
    const book = this.#book;
    if (!book) {
      if (name === "state" && this.#unusable) return this.#unusable;
      throw new Error(this.#unusable?.kind === "unusable" ? this.#unusable.code : "the book is not open");
    }
    if (name === "status") return this.#status(book);
    if (name === "sync") return this.#now(book);
    if (name === "devices") return (await this.#ask<{ rows: OwnDevice[] }>(book, DEVICES)).rows;
    if (name === "revokeDevice") return this.#ask<OwnDevice>(book, `${DEVICES}/${(args as { device: string }).device}/revoke`, "POST");
    const signIn = name === "signOut" ? await this.#signIn(book, args) : null;
    const changing = CHANGING.has(name);
    const work = () => book.call(name, changing ? id : "", JSON.stringify(args ?? {}));
    // Its waits after wrong PINs are those of the locked book.
    const answer: unknown = JSON.parse(await (name === "changePin" ? byOwnClock(work) : work()));
    if (name === "signOut") this.#tell({ tell: "forget" });
    if (name === "signOut" || name === "pair") this.#standings.forget();
    if (signIn) void sayFarewell(signIn);
    if (OPENING.has(name)) this.#tell({ tell: "pin", pin: pinOf(args) });
    if (name === "lock" || name === "signOut") this.#tell({ tell: "pin", pin: null });
    if (MOVING.has(name)) this.#moved(answer as BookState, name === "unlock" ? AFTER_OPENING_MS : 0);
    if (SELLING.has(name)) this.#standings.sold();
    if (changing) {
      this.#announce({ event: "changed" });
      this.#due(AFTER_EDIT_MS);
      void this.tellStatus();
    }
    return answer;
  }

  /** Somebody looks, or the network came or went. */
  look(): void {
    this.#due(0);
  }

  /** Whether a problem means that the browser took the storage away. */
  isGone(problem: CallProblem): boolean {
    return problem.code === GONE;
  }

  /** Where things stand, for a tab that has just come. */
  async standing(): Promise<[BookState, Standing | null]> {
    const state = this.#unusable ?? (await this.#state());
    return [state, state.kind === "ready" && this.#book ? await this.#status(this.#book) : null];
  }

  async #state(): Promise<BookState> {
    return JSON.parse((await this.#book?.call("state", "", "{}")) ?? "null") as BookState;
  }

  async #status(book: Book): Promise<Standing> {
    const { usage } = await navigator.storage.estimate();
    const browser = JSON.stringify({ persisted: this.#isPersisted(), usage: usage ?? null });
    return JSON.parse(await book.call("status", "", browser)) as Standing;
  }

  #announce(event: BookEvent): void {
    this.#tell({ tell: "event", event });
  }

  #moved(state: BookState, afterMs: number): void {
    goByHub(state.kind === "ready");
    this.#announce({ event: "state", state });
    this.#announce({ event: "changed" });
    if (state.kind === "ready") this.#due(afterMs);
    else {
      clearTimeout(this.#timer);
      this.#pokes.close();
    }
  }

  /** Tells where the work stands, where the book is open. */
  async tellStatus(): Promise<Standing | null> {
    if (!this.#book) return null;
    try {
      const status = await this.#status(this.#book);
      this.#announce({ event: "status", status });
      return status;
    } catch {
      // Locked meanwhile: there is nothing to tell.
      return null;
    }
  }

  #due(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = self.setTimeout(() => void this.#exchange(), Math.min(delayMs, LONGEST_TIMER_MS));
  }

  /** Exchanges, tells what came of it, and waits for the next time that one is due. */
  async #exchange(): Promise<void> {
    const book = this.#book;
    if (!book) return;
    if (this.#syncing) {
      await this.#syncing;
      this.#due(AFTER_EDIT_MS);
      return;
    }
    this.#syncing = this.#run(book);
    await this.#syncing;
    this.#syncing = null;
    const status = await this.tellStatus();
    if (!status) return;
    if (status.online) this.#pokes.open();
    void this.#standings.heard(status);
    if (status.nextSyncMs !== null) this.#due(Math.max(status.nextSyncMs - Date.now(), BETWEEN_MS));
  }

  async #run(book: Book): Promise<void> {
    try {
      await book.sync(() => {
        this.#announce({ event: "changed" });
        void this.tellStatus().then((status) => status?.download && this.#standings.heard(status));
      });
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) this.#tell({ tell: "broken", why: error.message });
      else if (this.isGone(problemOf(error))) this.#tell({ tell: "broken", why: problemOf(error).code });
      // The status says what else went wrong, and when the next try is.
    }
    const state = await this.#state();
    if (state.kind !== "ready") this.#moved(state, 0);
  }

  /** An exchange that a person asked for. */
  async #now(book: Book): Promise<Standing> {
    await this.#syncing;
    this.#syncing = this.#run(book);
    await this.#syncing;
    this.#syncing = null;
    const status = await this.#status(book);
    this.#announce({ event: "status", status });
    void this.#standings.heard(status);
    if (status.nextSyncMs !== null) this.#due(Math.max(status.nextSyncMs - Date.now(), BETWEEN_MS));
    return status;
  }

  /** A poke is about the edits of this device itself more often than not: those need no second exchange. */
  async #poked(frame: Uint8Array): Promise<void> {
    await this.#syncing;
    if (await this.#book?.isNews(frame)) this.#due(0);
  }

  /** The sign-in that is to end. An exchange before it brings a token that holds; not where edits are to be given up. */
  async #signIn(book: Book, args: unknown): Promise<SignIn | null> {
    if (!(args as { evenUnsent?: boolean }).evenUnsent) {
      const enough = new Promise((done) => self.setTimeout(done, BEFORE_FAREWELL_MS));
      await Promise.race([this.#now(book).catch(() => undefined), enough]);
    }
    return this.#socket();
  }

  /** Asks the hub; once more with the token that an exchange brings, where this one held no more. */
  async #ask<Answer>(book: Book, path: string, method: "GET" | "POST" = "GET"): Promise<Answer> {
    const ask = async () => {
      const signIn = await this.#socket();
      if (signIn) return askHub<Answer>(signIn, path, method);
      throw new NotTold({ code: "SIGN-IN-NEEDED", message: "not signed in", retry: false });
    };
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof NotTold && error.isSignedOut)) throw error;
      await this.#now(book);
      return ask();
    }
  }

  async #socket(): Promise<SignIn | null> {
    const told = await this.#book?.socket();
    return told ? (JSON.parse(told) as SignIn) : null;
  }
}

/** The PIN that a call was made with; the new one, where there are two. */
function pinOf(args: unknown): string | null {
  const { pin, new: changed } = args as { pin?: string; new?: string };
  return changed ?? pin ?? null;
}
