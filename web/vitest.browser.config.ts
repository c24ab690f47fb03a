/**
 * The tests that drive a real browser against a real hub: one file after the other, each with a hub of its own.
 * In mode `screenshots` it takes pictures instead: of every view, and those of the README. In mode `measure` it measures
 * alone, and whatever is measured smaller elsewhere at the size that the targets name.
 */
import { defineConfig } from "vitest/config";

/** Two cores run a browser, a hub and devices at once. */
const MINUTE_MS = 60_000;

const ALL = ["browser/**/*.test.ts"];
const OF_MODE: Record<string, string[]> = {
  screenshots: ["browser/screenshots.ts", "browser/pictures.ts"],
  measure: ["browser/speed.test.ts", "browser/rep-bytes.test.ts", "browser/rep-link.test.ts", "browser/rep-speed.test.ts"],
};

export default defineConfig(({ mode }) => ({
  test: {
    include: OF_MODE[mode] ?? ALL,
    env: mode === "measure" ? { FIELDBOOK_MEASURE: "full" } : {},
    fileParallelism: false,
    testTimeout: 6 * MINUTE_MS,
    hookTimeout: 2 * MINUTE_MS,
    retry: 0,
  },
}));
