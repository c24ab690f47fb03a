/**
 * The tests that drive a real browser against a real hub, each file with a hub of its own: those that measure time alone,
 * after all others, which run two at a time. In mode `screenshots` it takes pictures instead: of every view, and those of
 * the README. In mode `measure` it measures alone, and whatever is measured smaller elsewhere at the size that the targets
 * name.
 */
import { defineConfig } from "vitest/config";

/** Two cores run a browser, a hub and devices at once. */
const MINUTE_MS = 60_000;

const MEASURED = ["browser/speed.test.ts", "browser/rep-bytes.test.ts", "browser/rep-link.test.ts", "browser/rep-speed.test.ts"];
const PICTURES = ["browser/screenshots.ts", "browser/pictures.ts"];

/** What is looked for again and again: as patient as the browser is with what it waits for. */
const expectation = { poll: { timeout: MINUTE_MS / 2 } };
const limits = { testTimeout: 6 * MINUTE_MS, hookTimeout: 2 * MINUTE_MS, retry: 1, expect: expectation, setupFiles: ["browser/midnight.ts"] };
const alone = { ...limits, name: "alone", fileParallelism: false, sequence: { groupOrder: 1 } };

export default defineConfig(({ mode }) => {
  if (mode === "screenshots") return { test: { ...alone, include: PICTURES } };
  if (mode === "measure") return { test: { ...alone, include: MEASURED, env: { FIELDBOOK_MEASURE: "full" } } };
  const besides = { ...limits, name: "besides", maxWorkers: 2, include: ["browser/**/*.test.ts"], exclude: MEASURED };
  return { test: { reporters: ["default", "./browser/unsteady.ts"], projects: [{ test: { ...besides, sequence: { groupOrder: 0 } } }, { test: { ...alone, include: MEASURED } }] } };
});
