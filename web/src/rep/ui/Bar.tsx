/** How far something has come. */

/** The bar; the numbers stand beside it. */
export function Bar({ label, value, whole }: { label: string; value: number; whole: number }) {
  return <progress aria-label={label} value={Math.min(value, whole)} max={Math.max(whole, 1)} className="bar h-2 w-full" />;
}
