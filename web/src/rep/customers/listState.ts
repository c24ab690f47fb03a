/**
 * What the list of customers was asked for, for as long as the app is open: one comes back to it from a card. It is in
 * no address: addresses are in the browser's history, and what is searched for is a name.
 */
import type { Calls } from "../engine/contract";

type Filter = NonNullable<Parameters<Calls["customers"]>[0]["filter"]>;

/** What may be asked for. */
export const FILTERS = ["visit_due", "birthday", "no_contact_90", "referred", "clash"] as const satisfies readonly Filter[];

/** The text and the filter. */
export interface Asked {
  readonly text: string;
  readonly filter: Filter | null;
}

let last: Asked = { text: "", filter: null };

/** What was asked for last. */
export function lastAsked(): Asked {
  return last;
}

/** Keeps it. */
export function keepAsked(asked: Asked): void {
  last = asked;
}
