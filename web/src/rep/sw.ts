/// <reference lib="webworker" />
/** The service worker: the app's files are kept whole, so that it starts without any network. */
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from "workbox-precaching";
import { NavigationRoute, registerRoute } from "workbox-routing";

import { TAKE_OVER } from "./update/registerWorker";

declare const self: ServiceWorkerGlobalScope;

precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();
registerRoute(new NavigationRoute(createHandlerBoundToURL("/rep.html"), { allowlist: [/^\/rep(\/|$)/] }));

// The page of the very first visit too: what it has not loaded yet comes from what is kept.
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// A newer worker waits until a person takes it: what stands in a form is never taken away.
self.addEventListener("message", (event) => {
  if (event.data === TAKE_OVER) void self.skipWaiting();
});
