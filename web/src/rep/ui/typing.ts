/** Typing Korean: what a key press means while a syllable is being put together. Pure. */
import type { KeyboardEvent } from "react";

/** The key code browsers give while an input method holds the keys; Safari tells the end of a syllable by it alone. */
const HELD_BY_INPUT_METHOD = 229;

/** Whether Enter was pressed to send: not to end a syllable, which would send it twice or half. */
export function isEnter(event: Pick<KeyboardEvent, "key" | "nativeEvent">): boolean {
  // Deprecated, and the one sign Safari gives: there the syllable has ended already when the key is told.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const { isComposing, keyCode } = event.nativeEvent;
  return event.key === "Enter" && !isComposing && keyCode !== HELD_BY_INPUT_METHOD;
}

/** Keeps a form from being sent by the Enter that ends a syllable. */
export function holdWhileComposing(event: KeyboardEvent): void {
  if (event.key === "Enter" && !isEnter(event)) event.preventDefault();
}
