/** What a policy, or an edit, is called on the screen. Pure. */

const LETTERS = 8;

/** The beginning of an id: enough to tell it from its neighbours. */
export function shortPolicy(id: string): string {
  return id.slice(0, LETTERS);
}
