/** How links that lead between parts of a view are drawn. */

/** The row of them. */
export const TAB_ROW = "mb-5 flex flex-wrap gap-x-1 border-b border-edge print:hidden";
/** One of them. */
export const TAB = "-mb-px flex min-h-9 items-center border-b-2 border-transparent px-3 text-sm text-quiet no-underline hover:text-ink";
/** The one that is shown. */
export const TAB_ACTIVE = { className: "!border-accent !text-ink font-semibold", "aria-current": "page" } as const;
