/**
 * What was chosen between the values of clashes, and can still be taken back. Nothing is written until then: once one
 * value is written, two that clash are never there again. Where the app ends before, the clash is still there.
 */
import type { Clash, FieldValue } from "../engine/contract";

/** A choice that waits to be written. */
interface Waiting {
  readonly timer: ReturnType<typeof setTimeout>;
  readonly write: () => Promise<void>;
}

const waiting = new Map<string, Waiting>();
const listeners = new Set<() => void>();
let chosen: ReadonlyMap<string, FieldValue> = new Map();

/** Tells one clash from others: where one more value has come, it is another one. */
export function clashKey({ document, field, values }: Clash): string {
  return JSON.stringify([document, field, values.map(({ value }) => JSON.stringify(value)).sort()]);
}

/** What was chosen, by clash. A new one after each change. */
export function choices(): ReadonlyMap<string, FieldValue> {
  return chosen;
}

/** Calls `listener` after each change; the answer ends that. */
export function onChoice(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Chooses; `write` is called once it cannot be taken back any more, or is to be done at once by [`writeChoices`]. */
export function choose(key: string, value: FieldValue, write: () => Promise<void>, untilMs: number): void {
  // Only the newest has a way back on the screen.
  void writeChoices();
  if (waiting.size === 0) document.addEventListener("visibilitychange", whenHidden);
  waiting.set(key, { write, timer: setTimeout(() => void writeChoices(), untilMs) });
  change((next) => next.set(key, value));
}

/** Takes a choice back; false where it is too late. */
export function takeBack(key: string): boolean {
  const choice = waiting.get(key);
  if (!choice) return false;
  clearTimeout(choice.timer);
  waiting.delete(key);
  forget(key);
  return true;
}

/** Forgets a choice: it is written, or could not be; where the clash stands, it is shown again. */
export function forget(key: string): void {
  change((next) => next.delete(key));
}

/** Writes what waits: before the book is closed, or the app goes out of sight and perhaps never comes back. */
export async function writeChoices(): Promise<void> {
  const all = [...waiting.values()];
  waiting.clear();
  document.removeEventListener("visibilitychange", whenHidden);
  all.forEach(({ timer }) => clearTimeout(timer));
  await Promise.all(all.map(({ write }) => write()));
}

function whenHidden(): void {
  if (document.visibilityState === "hidden") void writeChoices();
}

function change(by: (next: Map<string, FieldValue>) => void): void {
  const next = new Map(chosen);
  by(next);
  chosen = next;
  listeners.forEach((listener) => listener());
}
