import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    rules: {
      "max-lines-per-function": ["error", { max: 60 }],
      "max-len": ["error", { code: 100, ignorePattern: "^import " }], // those stay whole
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "what a learner wrote is text, never markup" },
        { property: "outerHTML", message: "what a learner wrote is text, never markup" },
      ],
      "no-shadow": "error",
      "no-var": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      eqeqeq: "error",
    },
  },
  { files: ["**/optim_lib/live/*.js"], languageOptions: { globals: globals.browser } },
  {
    files: ["**/*.mjs"],
    languageOptions: { globals: globals.node },
    rules: { "max-lines-per-function": "off" },
  },
];
