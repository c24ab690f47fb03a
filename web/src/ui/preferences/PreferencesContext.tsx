/** The preferences in use, for every component. */
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from "react";

import type { Language } from "../../messages/language";
import { keepPreferences, type Preferences, showPreferences } from "./preferences";

interface Chosen {
  readonly preferences: Preferences;
  readonly choose: (change: Partial<Preferences>) => void;
}

const Context = createContext<Chosen | null>(null);

/** Holds the preferences, keeps and shows each change. */
export function PreferencesProvider(props: {
  initial: Preferences;
  /** Loads a language's words and uses them. */
  speak: (language: Language) => Promise<void>;
  children: ReactNode;
}) {
  const { speak } = props;
  const [preferences, setPreferences] = useState(props.initial);
  useEffect(() => {
    const show = () => showPreferences(preferences);
    show();
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", show);
    return () => scheme.removeEventListener("change", show);
  }, [preferences]);
  const choose = useCallback(
    (change: Partial<Preferences>) => {
      const next = { ...preferences, ...change };
      setPreferences(next);
      keepPreferences(next);
      if (change.language) void speak(change.language);
    },
    [preferences, speak],
  );
  const chosen = useMemo(() => ({ preferences, choose }), [preferences, choose]);
  return <Context value={chosen}>{props.children}</Context>;
}

/** The preferences and how to change them. */
export function usePreferences(): Chosen {
  const chosen = use(Context);
  if (!chosen) throw new Error("preferences are used outside their provider");
  return chosen;
}
