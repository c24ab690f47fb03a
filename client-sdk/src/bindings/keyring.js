// The key that a PIN is mixed with: made by the browser, kept by the browser, never given out.

/** Makes a key that signs and cannot be read out, not even by this page. */
export function newPinKey() {
  return crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

/** The MAC of a PIN under it. */
export async function macOfPin(key, pin) {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(pin)));
}

/** What makes this browser unable to keep a book, as a code; nothing where it can. */
export function obstacle() {
  if (!self.isSecureContext || typeof crypto?.subtle === "undefined") return "INSECURE-PAGE";
  if (typeof indexedDB === "undefined") return "STORE-UNWRITABLE";
  return undefined;
}
