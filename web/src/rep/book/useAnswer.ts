/** What the book answers, kept up to date. */
import { useCallback, useRef, useSyncExternalStore } from "react";

import type { Calls } from "../engine/contract";
import type { Held } from "./answers";
import { useBook } from "./BookContext";

/** The answer to a question; asked again whenever records change. */
export function useAnswer<Name extends keyof Calls>(
  name: Name,
  ...args: Parameters<Calls[Name]>
): Held<ReturnType<Calls[Name]>> {
  const { answers } = useBook();
  const key = JSON.stringify(args);
  const asked = useRef(args);
  asked.current = args;
  const watch = useCallback(
    (listener: () => void) => answers.watch(name, asked.current, listener),
    // The arguments by their content: they are new objects each time.
    [answers, name, key],
  );
  return useSyncExternalStore(watch, () => answers.held(name, asked.current));
}
