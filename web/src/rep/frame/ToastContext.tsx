/** What was just done, said at the foot of the page, with the way back. */
import { createContext, type ReactNode, use, useCallback, useMemo, useRef, useState } from "react";

import { Toast } from "./Toast";

/** What is said. */
export interface Said {
  readonly words: string;
  /** Takes it back. */
  readonly undo?: () => void;
  /** Whether it is about something that was not done; it stays until it is closed. */
  readonly isProblem?: boolean;
}

interface Toasts {
  readonly show: (said: Said) => void;
}

const Context = createContext<Toasts | null>(null);

/** Long enough to read it and to reach the button: as long as there is a way back. */
export const SHOWN_MS = 8_000;

/** Holds what is said. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState<Said | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const show = useCallback((next: Said) => {
    clearTimeout(timer.current);
    setSaid(next);
    if (!next.isProblem) timer.current = setTimeout(() => setSaid(null), SHOWN_MS);
  }, []);
  const toasts = useMemo(() => ({ show }), [show]);
  return (
    <Context value={toasts}>
      {children}
      <Toast said={said} close={() => setSaid(null)} />
    </Context>
  );
}

/** How to say something. */
export function useToast(): Toasts {
  const toasts = use(Context);
  if (!toasts) throw new Error("toasts are used outside their provider");
  return toasts;
}
