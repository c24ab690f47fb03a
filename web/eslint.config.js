/** The rules of the console's code: types without holes, hooks as they must be, no words outside the catalogues. */
import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import types from "typescript-eslint";

/** Words in a component would be in one language only. */
const NO_WORDS = [
  {
    selector: "JSXText[value=/[\\p{L}]{2,}/u]",
    message: "Words belong into the catalogues in src/messages.",
  },
  {
    selector: "JSXAttribute[name.name=/^(aria-label|title|placeholder|alt|label|words|definition)$/] > Literal[value=/\\p{L}/u]",
    message: "Words belong into the catalogues in src/messages.",
  },
  {
    selector: "JSXAttribute[name.name='style']",
    message: "The page's policy allows no style attributes; use a class, or set a property from a ref.",
  },
];

export default types.config(
  { ignores: ["dist", "node_modules", "screenshots", "src/sdk/schema.d.ts", "src/{messages,rep/words,rep/words/late}/{ko,en,zh}.ts", "src/rep/engine/pkg"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [types.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/no-unused-vars": ["error", { varsIgnorePattern: "^_", argsIgnorePattern: "^_" }],
      "max-lines-per-function": ["error", { max: 140, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ["src/**/*.tsx"],
    plugins: { "react-hooks": hooks },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "no-restricted-syntax": ["error", ...NO_WORDS],
    },
  },
  { files: ["**/*.{js,mjs}"], languageOptions: { globals: { console: "readonly", process: "readonly", URL: "readonly" } } },
);
