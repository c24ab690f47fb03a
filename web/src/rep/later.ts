/** Parts that a first visit does not load, but soon after it. */
import { type ComponentType, lazy } from "react";

const all: (() => Promise<unknown>)[] = [];

/** A part that is loaded when it is shown, or before by [`loadAll`]. */
export function later<Props>(load: () => Promise<{ default: ComponentType<Props> }>) {
  all.push(load);
  return lazy(load);
}

/** Loads them all. One that cannot be loaded now is tried again when it is shown. */
export function loadAll(): void {
  for (const load of all) load().catch(() => undefined);
}
