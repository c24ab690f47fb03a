/** The parts of a customer's card. Pure. */

/** In their order. */
export const TABS = ["activity", "policies", "family", "notes", "details", "history"] as const;
/** One of them. */
export type Tab = (typeof TABS)[number];

/** The part that an address names; the first where it names none. */
export function tabOf(word: string | undefined): Tab {
  return TABS.find((tab) => tab === word) ?? "activity";
}
