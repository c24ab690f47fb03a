/** Whether there is room for two panes. */
import { useSyncExternalStore } from "react";

const WIDE = "(min-width: 64rem)";

function watch(listener: () => void): () => void {
  const query = matchMedia(WIDE);
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}

/** True on laptops and tablets that lie. */
export function useWide(): boolean {
  return useSyncExternalStore(watch, () => matchMedia(WIDE).matches);
}
