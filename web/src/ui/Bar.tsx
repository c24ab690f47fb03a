/** How much of something there is, as a bar. The number itself stands beside it. */

/** The bar; green when it is full. */
export function Bar({ label, value, whole }: { label: string; value: number; whole: number }) {
  const share = whole <= 0 ? 0 : Math.min(1, Math.max(0, value / whole));
  return (
    <div
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={whole}
      aria-valuenow={Math.min(whole, Math.max(0, value))}
      className="mt-0.5 h-1 w-full bg-line"
    >
      <div
        ref={(bar) => bar?.style.setProperty("width", `${Math.round(share * 1_000) / 10}%`)}
        className={`h-full ${share === 1 ? "bg-good" : "bg-accent"}`}
      />
    </div>
  );
}
