/** What is shown before anybody is signed in: setting the hub up, a sign-in that failed elsewhere, or signing in. */
import type { ReactNode } from "react";

import { Part, usePart } from "../usePart";
import { SessionGate } from "./SessionGate";
import { SETUP_PATH } from "./setupToken";
import { SignInFailed } from "./SignInFailed";

const setup = new Part(() => import("../setup/SetupPage"));

/** Where the hub sends a browser whose sign-in at the provider came to nothing. */
const FAILED_PATH = "/sign-in-failed";

/** By the address; the rest of the console for who is signed in. */
export function Entrance({ setupToken, children }: { setupToken: string | null; children: ReactNode }) {
  if (location.pathname === SETUP_PATH) return <Setup token={setupToken} />;
  if (location.pathname === FAILED_PATH) return <SignInFailed code={new URLSearchParams(location.search).get("code")} />;
  return <SessionGate>{children}</SessionGate>;
}

function Setup({ token }: { token: string | null }) {
  const page = usePart(setup);
  return page && <page.SetupPage token={token} />;
}
