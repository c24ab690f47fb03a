/** How the console is built, and how a developer runs it beside a hub. */
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The hub that the development server asks. */
const hub = process.env["FIELDBOOK_HUB"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    target: "es2022",
    manifest: true,
    // A data URL for a small file would need more in the page's policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1024,
  },
  server: { host: "127.0.0.1", proxy: { "/api": hub, "/auth": hub } },
  test: { include: ["src/**/*.test.ts"] },
});
