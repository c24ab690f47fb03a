/** The session of this tab, for components. */
import { useSyncExternalStore } from "react";

import { session } from "../../sdk/browser";
import type { SessionState } from "../../sdk/session";

/** Where the session stands. */
export function useSessionState(): SessionState {
  return useSyncExternalStore(session.subscribe, () => session.state);
}
