/** Pairing codes: eight digits, typed, scanned, or brought by a link. Pure. */

/** Digits of a code. */
export const CODE_DIGITS = 8;
const IN_LINK = /^#pair=(\d{8})$/;

/** The code of what a QR holds: a link to this app, or the digits alone. */
export function codeIn(text: string): string | null {
  const digits = text.trim();
  if (/^\d{8}$/.test(digits)) return digits;
  const hash = digits.indexOf("#");
  return hash < 0 ? null : (IN_LINK.exec(digits.slice(hash))?.[1] ?? null);
}

/** What was typed as a code, without what people put between digits. */
export function typedCode(text: string): string {
  return text.replace(/\D/g, "").slice(0, CODE_DIGITS);
}

/** Takes the code out of the address, so that it is in no history and on no screen. */
export function takePairingCode(place: Pick<Location, "hash" | "pathname" | "search">, past: Pick<History, "replaceState">): string | null {
  const code = IN_LINK.exec(place.hash)?.[1] ?? null;
  if (code !== null) past.replaceState(null, "", place.pathname + place.search);
  return code;
}
