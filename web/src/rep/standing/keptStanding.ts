/**
 * Where the rep stands, kept for when there is no network. It says of when it is, and nothing of customers but how many
 * there are; it goes when the person signs out.
 */
import type { MonthStanding } from "../engine/contract";
import { monthStart } from "../ui/moments";

const KEY = "fieldbook.standing";

/** What was told last, and to whom. */
export interface KeptStanding {
  readonly user: string;
  readonly standing: MonthStanding;
}

/** What is kept; nothing where there is none, or none that can be read. */
export function keptStanding(): KeptStanding | null {
  try {
    return readStanding(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}

/** Reads what was kept, perhaps by an older app. Pure. */
export function readStanding(text: string | null): KeptStanding | null {
  const kept = (text === null ? null : JSON.parse(text)) as Partial<KeptStanding> | null;
  const { user, standing } = kept ?? {};
  const isWhole = typeof user === "string" && typeof standing?.from === "string" && typeof standing.at_ms === "number" && typeof standing.customers === "number";
  return isWhole ? { user, standing } : null;
}

/** Keeps it. */
export function keepStanding(kept: KeptStanding): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // It is there until the app is closed.
  }
}

/** Forgets it. */
export function forgetStanding(): void {
  localStorage.removeItem(KEY);
}

/** What is known of the month that a day is in; of a month that is over nothing is said. Pure. */
export function standingOn(standing: MonthStanding | null, day: string | undefined): MonthStanding | null {
  return standing && day && standing.from === monthStart(day) ? standing : null;
}

/**
 * Customers that a first download brings in all; 0 where nobody knows. What comes says nothing of how much is to come, so
 * the hub is asked; somebody may add customers meanwhile. Pure.
 */
export function totalOf({ received, total }: { received: number; total: number }, standing: MonthStanding | null): number {
  const known = Math.max(total, standing?.customers ?? 0);
  return known === 0 ? 0 : Math.max(known, received);
}
