/** How the console and the rep's app are built, and how a developer runs them beside a hub. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";

import { initialChunks } from "./scripts/chunks.mjs";
import { filesOf } from "./scripts/entries.mjs";

/** The hub that the development server asks. */
const hub = process.env["FIELDBOOK_HUB"] ?? "http://127.0.0.1:8080";

const DIST = new URL("dist/", import.meta.url);
/** No file of the app is larger than this, uncompressed. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Files of the app that no chunk names: its folder, with what its worker is made of. */
const OF_THE_APP = /^rep\//;

/** The id of a page's module. */
const idOf = (page: string) => fileURLToPath(new URL(page, import.meta.url));

/** Shows the rep's page below `/rep`, as the hub does. */
const repPage: Plugin = {
  name: "rep-page",
  configureServer(server) {
    server.middlewares.use((request, _, next) => {
      if (/^\/rep\/?([^.]*)?(\?.*)?$/.test(request.url ?? "")) request.url = "/rep.html";
      next();
    });
  },
};

export default defineConfig({
  plugins: [
    react(),
    tailwindcss(),
    repPage,
    VitePWA({
      strategies: "injectManifest",
      srcDir: "src/rep",
      filename: "sw.ts",
      outDir: "dist/rep",
      manifest: false,
      injectRegister: false,
      injectManifest: {
        globDirectory: "dist",
        globPatterns: ["rep.html", "assets/*", "rep/*.{svg,png,webmanifest}", "rep/assets/*"],
        maximumFileSizeToCacheInBytes: MOST_BYTES,
        // What has its content's digest in its name needs no other mark.
        dontCacheBustURLsMatching: /^(rep\/)?assets\//,
        manifestTransforms: [
          (entries) => {
            const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", DIST), "utf8")) as Parameters<typeof filesOf>[0];
            const files = filesOf(manifest, "rep.html");
            const own = entries.filter(({ url }) => files.has(url) || OF_THE_APP.test(url));
            return { manifest: own.map((entry) => ({ ...entry, url: `/${entry.url}` })), warnings: [] };
          },
        ],
      },
    }),
  ],
  build: {
    target: "es2022",
    manifest: true,
    // A data URL for a small file would need more in the page's policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1024,
    rolldownOptions: {
      input: { index: "index.html", rep: "rep.html" },
      // What starts the app's worker is a file of its own: it runs before the others do.
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: "first", test: /rep\/engine\/(bookName|first)\.ts$/ },
            { name: initialChunks(idOf("rep.html"), idOf("index.html")) },
          ],
        },
      },
    },
  },
  worker: {
    format: "es",
    // Below the app's folder: a worker is answered by a service worker of its own address only.
    rolldownOptions: {
      output: {
        entryFileNames: "rep/assets/[name]-[hash].js",
        chunkFileNames: "rep/assets/[name]-[hash].js",
        assetFileNames: "rep/assets/[name]-[hash][extname]",
      },
    },
  },
  server: { host: "127.0.0.1", proxy: { "/api": hub, "/auth": hub, "/sync": { target: hub, ws: true } } },
  test: { include: ["src/**/*.test.ts"] },
});
