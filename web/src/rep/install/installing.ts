/** Putting the app on the home screen: the browser's own offer where it makes one, else how it is done by hand. */

/** The browser's offer. */
interface Offer extends Event {
  prompt(): Promise<{ outcome: "accepted" | "dismissed" }>;
}

/** How it is done in a browser. */
export type InstallWay = "ios" | "android" | "samsung" | "desktop";

let offer: Offer | null = null;
const listeners = new Set<() => void>();

/** Keeps the offer for when it is asked for. Called once, before anything is drawn. */
export function listenForInstall(): void {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer = event as Offer;
    listeners.forEach((listener) => listener());
  });
  addEventListener("appinstalled", () => {
    offer = null;
    listeners.forEach((listener) => listener());
  });
}

/** Whether the browser offers it. */
export function isOffered(): boolean {
  return offer !== null;
}

/** Calls `listener` when that changes. */
export function onOffer(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Takes the offer up. */
export async function install(): Promise<void> {
  const taken = offer;
  offer = null;
  listeners.forEach((listener) => listener());
  await taken?.prompt();
}

/** Whether this runs from the home screen already. */
export function isInstalled(): boolean {
  return matchMedia("(display-mode: standalone)").matches || (navigator as { standalone?: boolean }).standalone === true;
}

/** How it is done by hand in a browser. Pure. */
export function installWay(userAgent: string): InstallWay {
  if (/iPhone|iPad|iPod/.test(userAgent)) return "ios";
  if (userAgent.includes("SamsungBrowser")) return "samsung";
  return userAgent.includes("Android") ? "android" : "desktop";
}
