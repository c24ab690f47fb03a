/** What pages asked the book and still show. Kept until something changes; old answers stay in sight meanwhile. Pure but for the book. */
import { type Book, BookProblem } from "../engine/book";
import type { Calls } from "../engine/contract";

/** An answer, the problem in its place, or neither yet. */
export interface Held<T> {
  readonly value?: T;
  readonly problem?: BookProblem;
}

/** Answers that nobody shows are kept up to this many, so that going back paints at once. */
export const MOST_KEPT = 60;

const NOTHING: Held<never> = {};

interface Question {
  readonly ask: () => Promise<unknown>;
  readonly listeners: Set<() => void>;
  held: Held<unknown>;
  isAsking: boolean;
  isStale: boolean;
}

/** The answers of one open book. */
export class Answers {
  readonly #book: Book;
  readonly #questions = new Map<string, Question>();

  constructor(book: Book) {
    this.#book = book;
  }

  /** What is known of a question. */
  held<Name extends keyof Calls>(name: Name, args: Parameters<Calls[Name]>): Held<ReturnType<Calls[Name]>> {
    return (this.#questions.get(keyOf(name, args))?.held ?? NOTHING) as Held<ReturnType<Calls[Name]>>;
  }

  /** Asks, and calls `listener` after each new answer until the function it returns is called. */
  watch<Name extends keyof Calls>(name: Name, args: Parameters<Calls[Name]>, listener: () => void): () => void {
    const key = keyOf(name, args);
    const question = this.#questions.get(key) ?? {
      ask: () => this.#book.call(name, ...args),
      listeners: new Set<() => void>(),
      held: NOTHING,
      isAsking: false,
      isStale: true,
    };
    // Asked last, dropped last.
    this.#questions.delete(key);
    this.#questions.set(key, question);
    question.listeners.add(listener);
    this.#askIfStale(question);
    this.#dropUnwatched();
    return () => question.listeners.delete(listener);
  }

  /** Records changed: what is shown is asked again, the rest when it is shown. */
  changed(): void {
    for (const question of this.#questions.values()) {
      question.isStale = true;
      this.#askIfStale(question);
    }
  }

  /** Forgets everything, as when the book is closed. */
  forget(): void {
    for (const [key, question] of this.#questions) {
      question.held = NOTHING;
      question.isStale = true;
      if (question.listeners.size === 0) this.#questions.delete(key);
    }
  }

  #askIfStale(question: Question): void {
    if (!question.isStale || question.isAsking || question.listeners.size === 0) return;
    question.isAsking = true;
    question.isStale = false;
    const hear = (held: Held<unknown>) => {
      question.isAsking = false;
      question.held = held;
      question.listeners.forEach((listener) => listener());
      this.#askIfStale(question);
    };
    question.ask().then(
      (value) => hear({ value }),
      // What is on the screen stays there beside the problem.
      (thrown: unknown) => hear({ ...question.held, problem: BookProblem.from(thrown) }),
    );
  }

  #dropUnwatched(): void {
    for (const [key, question] of this.#questions) {
      if (this.#questions.size <= MOST_KEPT) return;
      if (question.listeners.size === 0) this.#questions.delete(key);
    }
  }
}

function keyOf(name: string, args: readonly unknown[]): string {
  return `${name} ${JSON.stringify(args)}`;
}
