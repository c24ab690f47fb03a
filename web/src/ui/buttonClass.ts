/** How buttons, and links that look like them, are drawn. */

/** How much a button stands out. */
export type Variant = "primary" | "plain" | "quiet" | "danger";

const COMMON =
  "inline-flex max-w-full min-h-9 items-center justify-center gap-1.5 rounded-sm px-3 text-sm font-medium no-underline " +
  "disabled:opacity-50 data-[pending]:opacity-60 print:hidden";

const VARIANTS: Record<Variant, string> = {
  primary: "bg-accent text-on-accent hover:brightness-110 min-h-11",
  danger: "bg-bad text-sheet hover:brightness-110 min-h-9",
  plain: "border border-edge bg-sheet hover:bg-well data-[pressed]:bg-well aria-pressed:bg-tint aria-pressed:border-accent",
  quiet: "hover:bg-well data-[pressed]:bg-well aria-pressed:bg-tint aria-pressed:text-accent px-2",
};

/** The classes of a variant. */
export function buttonClass(variant: Variant): string {
  return `${COMMON} ${VARIANTS[variant]}`;
}
