/** Pages that a first visit does not load, but soon after it. */
import { type ComponentType, lazy } from "react";

type Load = () => Promise<{ default: ComponentType }>;

const all: Load[] = [];

/** A page that is loaded when it is shown, or before by [`loadAll`]. */
export function later(load: Load) {
  all.push(load);
  return lazy(load);
}

/** Loads them all. One that cannot be loaded now is tried again when it is shown. */
export function loadAll(): void {
  for (const load of all) load().catch(() => undefined);
}
