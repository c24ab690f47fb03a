/** Which button one pressed last: it comes first the next time. */

/** What can be added. */
export const ADDED = ["sale", "visit", "call", "customer"] as const;
/** One of them. */
export type Added = (typeof ADDED)[number];

const KEY = "fieldbook-last-added";

/** All of them, the last one first. Pure. */
export function inOrder(last: string | null): readonly Added[] {
  const first = ADDED.find((one) => one === last);
  return first ? [first, ...ADDED.filter((one) => one !== first)] : ADDED;
}

/** All of them as this device knows. */
export function addedInOrder(): readonly Added[] {
  try {
    return inOrder(localStorage.getItem(KEY));
  } catch {
    return ADDED;
  }
}

/** Keeps which one it was. */
export function keepAdded(added: Added): void {
  try {
    localStorage.setItem(KEY, added);
  } catch {
    // The order stays as it is.
  }
}
