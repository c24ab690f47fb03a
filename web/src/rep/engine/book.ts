/** How pages ask the book: whatever holds it answers these calls and tells of itself. */
import type { BookEvent, BookState, CallProblem, Calls } from "./contract";

/** The book, as pages see it. `engine/client.ts` opens the one of this browser by `openBook()`. */
export interface Book {
  /** Where it most likely stands, until it says so. A slow phone can ask for the PIN while it opens the book. */
  readonly first: BookState;
  /** Asks; a call that could not be done is thrown as a [`BookProblem`]. */
  call<Name extends keyof Calls>(name: Name, ...args: Parameters<Calls[Name]>): Promise<ReturnType<Calls[Name]>>;
  /** Calls `listener` with everything the book says by itself; the answer ends that. */
  listen(listener: (event: BookEvent) => void): () => void;
}

/** What went wrong where nobody said it. */
const UNKNOWN = "APP-FAILED";

/** A call that was not done. */
export class BookProblem extends Error {
  /** The stable code: words are found by it, and people quote it. */
  readonly code: string;
  /** Whether the same call may be done later. */
  readonly retry: boolean;

  constructor({ code, message, retry }: CallProblem) {
    super(message);
    this.name = "BookProblem";
    this.code = code;
    this.retry = retry;
  }

  /** Anything that was thrown, as a problem. */
  static from(thrown: unknown): BookProblem {
    if (thrown instanceof BookProblem) return thrown;
    const told = (typeof thrown === "object" && thrown !== null ? thrown : {}) as Partial<CallProblem>;
    const message = typeof told.message === "string" ? told.message : String(thrown);
    return new BookProblem({ code: typeof told.code === "string" ? told.code : UNKNOWN, message, retry: told.retry === true });
  }
}
