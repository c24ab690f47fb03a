/** Telling the hub that this device's sign-in has ended. */
import type { SignIn } from "./askHub";

const PATH = "/auth/v1/sign-out";
/** Nobody waits longer for a hub to hear it. */
const TIMEOUT_MS = 10_000;

/** Says it. Where the hub does not hear, the book is gone from here all the same, and an administrator can end the sign-in. */
export async function sayFarewell({ server, token }: SignIn): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  try {
    await fetch(server + PATH, { method: "POST", headers, credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    // Out of reach.
  }
}
