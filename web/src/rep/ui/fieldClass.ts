/** How fields of the app are drawn: never below 16 px, or phones zoom in when one types. */
export const FIELD = "min-h-12 w-full min-w-0 rounded-sm border border-edge bg-sheet px-3 py-2 text-ink aria-invalid:border-bad";
