/** The catalogues are compiled from JSON: messages are named, never taken from code. */
import { defineConfig } from "@lingui/conf";
import { formatter } from "@lingui/format-json";

export default defineConfig({
  sourceLocale: "en",
  locales: ["ko", "en", "zh"],
  format: formatter({ style: "minimal" }),
  catalogs: [
    { path: "<rootDir>/src/messages/{locale}", include: [] },
    { path: "<rootDir>/src/rep/words/{locale}", include: [] },
    { path: "<rootDir>/src/rep/words/late/{locale}", include: [] },
  ],
  compileNamespace: "ts",
});
