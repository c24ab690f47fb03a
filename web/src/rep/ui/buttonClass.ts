/** How buttons of the app, and links that look like them, are drawn: large enough for a thumb. */

/** How much a button stands out. */
export type Weight = "main" | "plain" | "quiet";

const COMMON =
  "inline-flex min-h-12 min-w-12 max-w-full items-center justify-center gap-2 rounded-sm px-4 py-2 text-center font-medium no-underline disabled:opacity-50 print:hidden";

const WEIGHTS: Record<Weight, string> = {
  main: "bg-accent text-on-accent font-semibold active:brightness-90",
  plain: "border border-edge bg-sheet active:bg-well aria-pressed:border-accent aria-pressed:bg-tint aria-pressed:font-semibold",
  quiet: "px-3 text-accent active:bg-well",
};

/** The classes of a weight. */
export function buttonClass(weight: Weight): string {
  return `${COMMON} ${WEIGHTS[weight]}`;
}
