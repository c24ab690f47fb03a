/**
 * Parts of views that not every visit needs, each loaded when it does. React's own way, `lazy` under `Suspense`, keeps
 * its stand-in on the screen for a third of a second once it was shown, however soon the part is there.
 */
import { useEffect, useState } from "react";

/** A part, loaded once. */
export class Part<Module> {
  /** What it is, once it is here. */
  loaded: Module | null = null;
  readonly #load: () => Promise<Module>;
  #coming: Promise<Module> | null = null;

  constructor(load: () => Promise<Module>) {
    this.#load = load;
  }

  /** The same, asked for at once: beside what it will show, and not after it. */
  static atOnce<Module>(load: () => Promise<Module>): Part<Module> {
    const part = new Part(load);
    // Who needs it is told, and asks again.
    part.come().catch(() => undefined);
    return part;
  }

  /** Loads it, if nobody has; after a failure, again. */
  come(): Promise<Module> {
    this.#coming ??= this.#load().then(
      (module) => (this.loaded = module),
      (thrown: unknown) => {
        this.#coming = null;
        throw thrown;
      },
    );
    return this.#coming;
  }
}

/** The part, or nothing while it is on the way. What keeps it from coming is the view's own failure. */
export function usePart<Module>(part: Part<Module>): Module | null {
  const [, setLoaded] = useState(part.loaded);
  const [failed, setFailed] = useState<{ thrown: unknown } | null>(null);
  useEffect(() => {
    let isOver = false;
    // Also where it is here already: it may have come after what was drawn without it.
    part.come().then(
      (module) => !isOver && setLoaded(module),
      (thrown: unknown) => !isOver && setFailed({ thrown }),
    );
    return () => {
      isOver = true;
    };
  }, [part]);
  if (failed) throw failed.thrown;
  return part.loaded;
}
