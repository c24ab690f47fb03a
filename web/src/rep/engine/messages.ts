/** What pages, workers, and the workers of several tabs tell each other. */
import { NotTold } from "./askHub";
import type { BookEvent, CallProblem, Calls } from "./contract";

/** Calls that change something: done once, whoever answers. */
export const CHANGING: ReadonlySet<keyof Calls> = new Set<keyof Calls>([
  "createCustomer",
  "recordSale",
  "logContact",
  "edit",
  "undo",
  "closeDay",
  "settle",
  "applyTray",
  "dropTray",
]);

/** A call on its way. */
export interface Asked {
  readonly id: string;
  readonly name: keyof Calls;
  readonly args: unknown;
}

/** What came of it. */
export interface Answered {
  readonly id: string;
  readonly answer?: unknown;
  readonly problem?: CallProblem;
}

/** Page to worker. */
export type ToWorker =
  | ({ readonly tell: "call" } & Asked)
  /** The page came to the front, or the network did. */
  | { readonly tell: "look" }
  /** What the browser answered to being asked to keep the book. */
  | { readonly tell: "persisted"; readonly persisted: boolean };

/**
 * The PIN that opened the book, kept in the memory of the tabs that are open: the next worker opens it without a person.
 * Nothing once the book is locked.
 */
export interface Pin {
  readonly tell: "pin";
  readonly pin: string | null;
}

/** What the worker with the book says by itself. */
export type Told =
  | { readonly tell: "event"; readonly event: BookEvent }
  /** The person signed out: that the book is gone is no surprise. */
  | { readonly tell: "forget" }
  /** The program in the worker ended: start another worker and ask again. */
  | { readonly tell: "broken"; readonly why: string };

/** Worker to page. */
export type ToPage = ({ readonly tell: "answer" } & Answered) | Told;

/** Worker to worker, of other tabs. */
export type Between =
  | ({ readonly tell: "call" } & Asked)
  | ({ readonly tell: "answer" } & Answered)
  | { readonly tell: "event"; readonly event: BookEvent }
  | { readonly tell: "forget" }
  | Pin
  /** This one has the book now: ask it again what nobody answered. */
  | { readonly tell: "leader" }
  /** A new one asks where things stand. */
  | { readonly tell: "hello" }
  | { readonly tell: "look" };

/** The problem in what a call refused with. */
export function problemOf(error: unknown): CallProblem {
  if (error instanceof NotTold) return error.problem;
  if (typeof error === "string") {
    try {
      return JSON.parse(error) as CallProblem;
    } catch {
      // Not one of the engine's own; said as it is below.
    }
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: "ENGINE-FAULT", message, retry: true };
}
