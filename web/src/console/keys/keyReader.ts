/** What keys mean, one after the other. Pure. */

/** What a key does. */
export type KeyAction =
  | "search"
  | "nation"
  | "region"
  | "branch"
  | "next"
  | "previous"
  | "up"
  | "export"
  | "help";

/** A key that was pressed, as far as it matters. */
export interface Press {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isComposing: boolean;
  readonly defaultPrevented: boolean;
  readonly target: EventTarget | null;
}

/** The second key of two comes within so long. */
const PAIR_MS = 1_500;

const SINGLE: Partial<Record<string, KeyAction>> = {
  "/": "search",
  j: "next",
  k: "previous",
  e: "export",
  "?": "help",
  Backspace: "up",
};

const AFTER_G: Partial<Record<string, KeyAction>> = { h: "nation", r: "region", b: "branch" };

/** Letters of a Korean keyboard that lie on the same keys. */
const HANGUL: Partial<Record<string, string>> = { ㅓ: "j", ㅏ: "k", ㄷ: "e", ㅎ: "g", ㅗ: "h", ㄱ: "r", ㅠ: "b" };

/** Reads keys. */
export class KeyReader {
  #gMs = Number.NEGATIVE_INFINITY;

  /** What this key does, if anything. */
  press(press: Press, nowMs: number): KeyAction | null {
    const { ctrlKey, metaKey, altKey, isComposing, defaultPrevented } = press;
    if (ctrlKey || metaKey || altKey || isComposing || defaultPrevented || takesKeys(press.target)) return null;
    const key = HANGUL[press.key] ?? press.key;
    const isPair = nowMs - this.#gMs < PAIR_MS;
    this.#gMs = Number.NEGATIVE_INFINITY;
    if (isPair && AFTER_G[key]) return AFTER_G[key];
    if (key === "g") this.#gMs = nowMs;
    return SINGLE[key] ?? null;
  }
}

/** Whether what is pressed belongs to the thing it is pressed in. */
function takesKeys(target: EventTarget | null): boolean {
  if (!target || !("closest" in target)) return false;
  return (target as Element).closest("input, textarea, select, [contenteditable], [role=dialog], [role=menu]") !== null;
}
