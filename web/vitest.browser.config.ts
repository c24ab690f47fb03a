/**
 * The tests that drive a real browser against a real hub: one file after the other, each with a hub of its own.
 * In mode `screenshots` it takes pictures instead: of every view, and those of the README.
 */
import { defineConfig } from "vitest/config";

/** Two cores run a browser, a hub and devices at once. */
const MINUTE_MS = 60_000;

export default defineConfig(({ mode }) => ({
  test: {
    include: [...(mode === "screenshots" ? ["browser/screenshots.ts", "browser/pictures.ts"] : ["browser/**/*.test.ts"])],
    fileParallelism: false,
    testTimeout: 6 * MINUTE_MS,
    hookTimeout: 2 * MINUTE_MS,
    retry: 0,
  },
}));
