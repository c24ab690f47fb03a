/** Whether it was said in this browser that everything is ready. */

const KEY = "fieldbook-ready-seen";

/** True once it was; where the browser keeps nothing, it is not worth saying either. */
export function wasSeen(): boolean {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return true;
  }
}

/** Keeps that it was. */
export function keepSeen(): void {
  try {
    localStorage.setItem(KEY, "yes");
  } catch {
    // It is said again another time.
  }
}
