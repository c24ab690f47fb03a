/**
 * Tells of tests that passed only when they were run again. These tests drive a browser, a hub and devices on a machine
 * that others share, so a few are let pass; with what they failed of first, for that is a fault of the test or of the
 * product, to be mended. More of them fail the run.
 */
import type { Reporter, TestCase } from "vitest/node";

/** So many of all tests may be run again. */
const MOST = 2;

/** The reporter. */
export default class Unsteady implements Reporter {
  readonly #tests: TestCase[] = [];

  onTestCaseResult(test: TestCase): void {
    if (test.diagnostic()?.flaky) this.#tests.push(test);
  }

  onTestRunEnd(): void {
    for (const test of this.#tests) {
      console.log(`\nUNSTEADY, passed when run again: ${test.module.relativeModuleId} > ${test.fullName}`);
      for (const { message, stacks } of test.result().errors ?? []) {
        console.log([message, ...(stacks ?? []).map(({ file, line }) => `  at ${file}:${line}`)].join("\n"));
      }
    }
    if (this.#tests.length > MOST) {
      console.log(`\n${this.#tests.length} tests passed only when run again, of at most ${MOST}`);
      process.exitCode = 1;
    }
  }
}
