/** The pages' side of the book: calls and events, over a worker that is started again when its program ends. */
import { forgetStanding, keepStanding } from "../standing/keptStanding";
import { type Book, BookProblem } from "./book";
import type { BookEvent, BookState, Calls } from "./contract";
import { takeWorker } from "./first";
import { type Asked, CHANGING, type ToPage, type ToWorker } from "./messages";

/** Where this page notes that there is a book: what is left when the browser throws the book away. */
const MARK = "fieldbook.book";
/** Starts of the worker that are too many without an answer in between. */
const STARTS = 5;

interface Waiting extends Asked {
  done(answer: unknown): void;
  fail(error: BookProblem): void;
}

type Arguments<Name extends keyof Calls> = Parameters<Calls[Name]>;
type Answer<Name extends keyof Calls> = ReturnType<Calls[Name]>;

/** The book of this browser, as one page sees it. */
export class BrowserBook implements Book {
  readonly #listeners = new Set<(event: BookEvent) => void>();
  readonly #waiting = new Map<string, Waiting>();
  #worker: Worker;
  #starts = 0;
  /** What the book most likely is, until its worker has said so. */
  readonly first: BookState;
  /** Kept until the first listener is there. */
  #unheard: Event[] | null = [];
  #asked = false;

  /** `isElsewhere` is whether another tab has the book, and it may be open. */
  constructor(isElsewhere: boolean) {
    const mark = isElsewhere ? null : this.#mark();
    this.first = mark ? { kind: "locked", ...mark } : { kind: "starting" };
    this.#worker = this.#start();
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#tell({ tell: "look" });
    });
  }

  /** Asks the book. Rejects with a [`BookProblem`]. */
  call<Name extends keyof Calls>(name: Name, ...args: Arguments<Name>): Promise<Answer<Name>> {
    const asked = { id: crypto.randomUUID(), name, args: args[0] ?? {} };
    const answer = new Promise<unknown>((done, fail) => this.#waiting.set(asked.id, { ...asked, done, fail }));
    if (CHANGING.has(name)) this.#noteWork();
    this.#tell({ tell: "call", ...asked });
    if (name === "pair" || CHANGING.has(name)) void this.#persist();
    return answer.then((told) => (name === "state" ? this.#seen(told as BookState) : told) as Answer<Name>);
  }

  /** Listens to what the worker says; call what it returns to stop. */
  listen(listener: (event: BookEvent) => void): () => void {
    this.#listeners.add(listener);
    if (this.#unheard) queueMicrotask(() => this.#catchUp());
    return () => void this.#listeners.delete(listener);
  }

  /** What the worker said while nobody listened. */
  #catchUp(): void {
    const unheard = this.#unheard ?? [];
    this.#unheard = null;
    for (const event of unheard) this.#hear(event);
  }

  /** Asks the browser not to throw the book away: after the person has done something, when it is most willing. */
  async #persist(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    const persisted = (await navigator.storage.persisted()) || (await navigator.storage.persist());
    this.#tell({ tell: "persisted", persisted });
  }

  /** Ends it, as a closed page would. */
  end(): void {
    this.#worker.terminate();
  }

  #start(): Worker {
    const { worker, said } = takeWorker();
    this.#unheard?.push(...said);
    const hear = (event: Event) => (this.#unheard ? void this.#unheard.push(event) : this.#hear(event));
    worker.addEventListener("message", hear);
    worker.addEventListener("error", hear);
    void navigator.storage.persisted().then((persisted) => this.#tell({ tell: "persisted", persisted }));
    return worker;
  }

  #hear(event: Event): void {
    if (event instanceof MessageEvent) this.#told(event.data as ToPage);
    else this.#again(event instanceof ErrorEvent ? event.message : event.type);
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #told(message: ToPage): void {
    if (message.tell === "broken") {
      this.#again(message.why);
    } else if (message.tell === "forget") {
      this.#forget();
    } else if (message.tell === "event") {
      this.#say(message.event);
    } else {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      this.#starts = 0;
      if (message.problem) waiting?.fail(new BookProblem(message.problem));
      else waiting?.done(message.answer);
    }
  }

  /** Another worker, asked again what nobody answered: everything that was saved is in the database. */
  #again(why: string): void {
    this.#worker.terminate();
    this.#starts += 1;
    if (this.#starts > STARTS) {
      const state: BookState = { kind: "unusable", code: "ENGINE-FAULT", message: why };
      this.#say({ event: "state", state });
      return;
    }
    this.#worker = this.#start();
    for (const { id, name, args } of this.#waiting.values()) this.#tell({ tell: "call", id, name, args });
  }

  #say(event: BookEvent): void {
    const seen: BookEvent = event.event === "state" ? { event: "state", state: this.#seen(event.state) } : event;
    const mark = event.event === "status" || event.event === "standing" ? this.#mark() : null;
    if (event.event === "status" && mark) this.#note({ ...mark, unsent: event.status.unsent });
    if (event.event === "standing" && mark?.user !== undefined) keepStanding({ user: mark.user, standing: event.standing });
    for (const listener of this.#listeners) listener(seen);
  }

  /** Keeps the mark, and tells a book that is gone from one that never was. */
  #seen(state: BookState): BookState {
    const mark = this.#mark();
    if (state.kind === "starting" && this.#starts === 0) return this.first;
    if (state.kind === "ready") this.#note({ user: state.user, unsent: mark?.unsent ?? 0 });
    if (state.kind === "revoked") this.#forget();
    if (state.kind === "locked") return { ...state, ...mark };
    return state.kind === "unpaired" && mark ? { kind: "evicted", ...mark } : state;
  }

  /** There may be something unsent from now on, whatever becomes of this tab; the next status says how much. */
  #noteWork(): void {
    const mark = this.#mark();
    if (mark && !mark.unsent) this.#note({ ...mark, unsent: 1 });
  }

  #mark(): { user?: string; unsent?: number } | null {
    const kept = localStorage.getItem(MARK);
    return kept ? (JSON.parse(kept) as { user?: string; unsent?: number }) : null;
  }

  #forget(): void {
    localStorage.removeItem(MARK);
    forgetStanding();
  }

  #note(mark: { user?: string; unsent?: number }): void {
    localStorage.setItem(MARK, JSON.stringify(mark));
  }
}

/** Opens the book of this browser. Once for a page. */
export function openBook(isElsewhere: boolean): Book {
  return new BrowserBook(isElsewhere);
}
