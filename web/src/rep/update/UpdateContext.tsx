/** A newer version of the app: it waits until the person takes it, and never takes a form away. */
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from "react";

import { registerWorker, type Waiting } from "./registerWorker";

interface Updates {
  /** Whether a newer version waits. */
  readonly isWaiting: boolean;
  /** Whether something was typed that is not saved yet. */
  readonly isTyping: boolean;
  /** Takes the newer version; the page is opened anew. */
  readonly take: () => void;
  /** Says that a form has something unsaved; the answer says that it has no more. */
  readonly holdForm: () => () => void;
}

const Context = createContext<Updates | null>(null);

/** Registers the service worker and listens for newer ones. */
export function UpdateProvider({ children }: { children: ReactNode }) {
  const [waiting, setWaiting] = useState<Waiting | null>(null);
  const [forms, setForms] = useState(0);
  useEffect(() => {
    if (!("serviceWorker" in navigator)) return;
    // After the first page: nobody waits for it.
    void registerWorker(navigator.serviceWorker, setWaiting);
  }, []);
  const holdForm = useCallback(() => {
    setForms((count) => count + 1);
    return () => setForms((count) => count - 1);
  }, []);
  useEffect(() => {
    if (forms === 0) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [forms]);
  const updates = useMemo(
    () => ({ isWaiting: waiting !== null, isTyping: forms > 0, take: () => waiting?.take(), holdForm }),
    [waiting, forms, holdForm],
  );
  return <Context value={updates}>{children}</Context>;
}

/** Newer versions. */
export function useUpdates(): Updates {
  const updates = use(Context);
  if (!updates) throw new Error("updates are used outside their provider");
  return updates;
}

/** Holds updates back for as long as a form has something unsaved. */
export function useUnsaved(isUnsaved: boolean): void {
  const { holdForm } = useUpdates();
  useEffect(() => (isUnsaved ? holdForm() : undefined), [isUnsaved, holdForm]);
}
