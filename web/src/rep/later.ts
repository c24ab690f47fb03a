/** Parts that the first files of the app do not hold. */
import { type ComponentType, createElement, lazy, useEffect, useState } from "react";

type Load<Props> = () => Promise<{ default: ComponentType<Props> }>;

const all: (() => Promise<unknown>)[] = [];
/** What has each of those that could not be loaded asked for anew where it is shown the next time. */
const failed = new Set<() => void>();

/** A part that is loaded when it is shown, or before by [`useLoadedAll`]. */
export function later<Props extends object>(load: Load<Props>): ComponentType<Props> {
  const { Part, loading } = partOf(load);
  all.push(loading);
  return Part;
}

/** A part that few visits need: loaded when it is shown, and not before. */
export function rare<Props extends object>(load: Load<Props>): ComponentType<Props> {
  return partOf(load).Part;
}

/**
 * Loads them all, one after the other: between two of them the page answers. One that cannot be loaded now is tried again
 * when it is shown.
 */
async function loadAll(): Promise<void> {
  for (const load of all) await load().catch(() => undefined);
}

/** Loads them all while nobody waits, so that no tap has to. */
export function useLoadedAll(): void {
  useEffect(() => void loadAll(), []);
}

/** Has parts that could not be loaded asked for anew. */
export function askAnew(): void {
  for (const renew of failed) renew();
  failed.clear();
}

function partOf<Props extends object>(load: Load<Props>): { Part: ComponentType<Props>; loading: Load<Props> } {
  let loaded: ComponentType<Props> | null = null;
  const loading = async () => {
    try {
      const part = await load();
      loaded = part.default;
      return part;
    } catch (thrown) {
      failed.add(renew);
      throw thrown;
    }
  };
  let waiting = lazy(loading) as ComponentType<Props>;
  const renew = () => (waiting = lazy(loading) as ComponentType<Props>);
  // What is loaded is shown at once: where React has to wait for a moment, it shows nothing for a third of a second.
  const Part = (props: Props) => {
    const [Shown] = useState(() => loaded ?? waiting);
    return createElement(Shown, props);
  };
  return { Part, loading };
}
