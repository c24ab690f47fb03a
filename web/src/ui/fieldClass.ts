/** How the fields of a form are drawn. */
export const FIELD = "min-h-9 w-full min-w-0 rounded-sm border border-edge bg-sheet px-2 text-sm text-ink user-invalid:border-bad disabled:bg-well disabled:text-quiet disabled:opacity-100";
