/** Parts that the first files of the app do not hold. */
import { type ComponentType, createElement, lazy, useState } from "react";

type Load<Props> = () => Promise<{ default: ComponentType<Props> }>;

const all: (() => Promise<unknown>)[] = [];
/** What has each of those that could not be loaded asked for anew where it is shown the next time. */
const failed = new Set<() => void>();

/** A part that is loaded when it is shown, or before by [`loadAll`]. */
export function later<Props extends object>(load: Load<Props>): ComponentType<Props> {
  const { Part, loading } = partOf(load);
  all.push(loading);
  return Part;
}

/** A part that few visits need: loaded when it is shown, and not before. */
export function rare<Props extends object>(load: Load<Props>): ComponentType<Props> {
  return partOf(load).Part;
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
