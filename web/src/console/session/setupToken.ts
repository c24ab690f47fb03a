/** The token of a set-up link: it stands behind the `#`, which no server and no log ever sees. */

const FRAGMENT = /^#t=([\w.~-]{1,512})$/;

/** The address that a set-up link leads to. */
export const SETUP_PATH = "/setup";

/** Takes the token out of the address, so that neither history nor a shared screen keeps it. */
export function takeSetupToken(place: Pick<Location, "pathname" | "hash">, past: Pick<History, "replaceState">): string | null {
  if (place.pathname !== SETUP_PATH) return null;
  const token = FRAGMENT.exec(place.hash)?.[1] ?? null;
  if (place.hash !== "") past.replaceState(null, "", SETUP_PATH);
  return token;
}
