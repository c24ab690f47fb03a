/** What is shown before anybody is signed in: setting the hub up, a sign-in that failed elsewhere, or signing in. */
import { lazy, type ReactNode, Suspense } from "react";

import { SessionGate } from "./SessionGate";
import { SETUP_PATH } from "./setupToken";
import { SignInFailed } from "./SignInFailed";

const SetupPage = lazy(async () => ({ default: (await import("../setup/SetupPage")).SetupPage }));

/** Where the hub sends a browser whose sign-in at the provider came to nothing. */
const FAILED_PATH = "/sign-in-failed";

/** By the address; the rest of the console for who is signed in. */
export function Entrance({ setupToken, children }: { setupToken: string | null; children: ReactNode }) {
  if (location.pathname === SETUP_PATH) {
    return (
      <Suspense>
        <SetupPage token={setupToken} />
      </Suspense>
    );
  }
  if (location.pathname === FAILED_PATH) return <SignInFailed code={new URLSearchParams(location.search).get("code")} />;
  return <SessionGate>{children}</SessionGate>;
}
