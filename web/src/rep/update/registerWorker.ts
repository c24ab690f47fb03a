/** The service worker of the app: registered once, watched for newer ones. */

/** A newer version that waits. */
export interface Waiting {
  /** Lets it take over and opens the page anew with it. */
  take(): void;
}

const SCRIPT = "/rep/sw.js";
const SCOPE = "/rep/";
/** What the waiting worker understands. */
export const TAKE_OVER = "take-over";
/** An app that stays open, or is looked at again and again, asks so often whether there is a newer version. */
const ASK_EVERY_MS = 60 * 60 * 1_000;

/** Registers it; `onWaiting` hears of a newer one that waits. Where the browser refuses, the app works without. */
export async function registerWorker(workers: ServiceWorkerContainer, onWaiting: (waiting: Waiting) => void): Promise<void> {
  const registration = await workers.register(SCRIPT, { scope: SCOPE, updateViaCache: "none" }).catch(() => null);
  if (!registration) return;
  const tell = (worker: ServiceWorker) => {
    onWaiting({
      take: () => {
        // A page of the very first visit has no worker that could change, so it is the new one that is watched.
        worker.addEventListener("statechange", () => worker.state === "activated" && location.reload());
        worker.postMessage(TAKE_OVER);
      },
    });
  };
  // The very first worker replaces nothing, so there is nothing to tell.
  const watch = (worker: ServiceWorker | null) =>
    worker?.addEventListener("statechange", () => {
      if (worker.state === "installed" && registration.active) tell(worker);
    });
  if (registration.waiting && registration.active) tell(registration.waiting);
  watch(registration.installing);
  registration.addEventListener("updatefound", () => watch(registration.installing));
  let askedMs = performance.now();
  const ask = () => {
    askedMs = performance.now();
    registration.update().catch(() => undefined);
  };
  setInterval(ask, ASK_EVERY_MS);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && performance.now() - askedMs > ASK_EVERY_MS) ask();
  });
}
