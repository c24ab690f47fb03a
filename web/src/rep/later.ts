/** Parts that the first files of the app do not hold. */
import { type ComponentType, createElement, lazy, useState } from "react";

type Load<Props> = () => Promise<{ default: ComponentType<Props> }>;

const all: (() => Promise<unknown>)[] = [];

/** A part that is loaded when it is shown, or before by [`loadAll`]. */
export function later<Props extends object>(load: Load<Props>): ComponentType<Props> {
  const { Part, loading } = partOf(load);
  all.push(loading);
  return Part;
}

/** A part that is likely to be shown first: loaded while it is found out whether it is. */
export function early<Props extends object>(load: Load<Props>): ComponentType<Props> {
  const { Part, loading } = partOf(load);
  // One that cannot be loaded now is tried again when it is shown.
  loading().catch(() => undefined);
  return Part;
}

/** Loads them all. One that cannot be loaded now is tried again when it is shown. */
export function loadAll(): void {
  for (const load of all) load().catch(() => undefined);
}

function partOf<Props extends object>(load: Load<Props>): { Part: ComponentType<Props>; loading: Load<Props> } {
  let loaded: ComponentType<Props> | null = null;
  const loading = async () => {
    const part = await load();
    loaded = part.default;
    return part;
  };
  const Waiting = lazy(loading) as ComponentType<Props>;
  // What is loaded is shown at once: where React has to wait for a moment, it shows nothing for a third of a second.
  const Part = (props: Props) => {
    const [Shown] = useState(() => loaded ?? Waiting);
    return createElement(Shown, props);
  };
  return { Part, loading };
}
