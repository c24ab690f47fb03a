/** Where to press, as a small picture of the screen. */
import type { InstallWay } from "./installing";

/** Where the first press is: the share sign below, a menu above or below, or the address bar. */
const FIRST: Record<InstallWay, { x: number; y: number }> = {
  ios: { x: 40, y: 96 },
  android: { x: 68, y: 14 },
  samsung: { x: 68, y: 96 },
  desktop: { x: 62, y: 14 },
};

/** A screen with the place marked. */
export function InstallPicture({ way, step }: { way: InstallWay; step: 1 | 2 | 3 }) {
  const { x, y } = FIRST[way];
  return (
    <svg viewBox="0 0 80 110" aria-hidden className="h-28 w-20 shrink-0">
      <rect x="2" y="2" width="76" height="106" rx="8" className="fill-sheet stroke-edge" strokeWidth="2" />
      {step === 1 && (
        <>
          <path d="M10 14h46M10 30h60M10 42h60M10 54h40" className="stroke-line" strokeWidth="4" />
          <circle cx={x} cy={y} r="8" className="fill-tint stroke-accent" strokeWidth="2" />
          {way === "ios" ? (
            <path d={`M${x} ${y + 3}v-8m-3 3l3-3l3 3`} className="fill-none stroke-accent" strokeWidth="1.5" />
          ) : (
            <path d={`M${x} ${y - 3}v.1M${x} ${y}v.1M${x} ${y + 3}v.1`} className="stroke-accent" strokeWidth="2" strokeLinecap="round" />
          )}
        </>
      )}
      {step === 2 && (
        <>
          <path d="M12 62h56M12 92h56" className="stroke-line" strokeWidth="4" />
          <rect x="8" y="70" width="64" height="14" rx="3" className="fill-tint stroke-accent" strokeWidth="2" />
          <path d="M18 77h8m-4-4v8" className="stroke-accent" strokeWidth="2" />
          <path d="M32 77h32" className="stroke-accent" strokeWidth="3" />
        </>
      )}
      {step === 3 && (
        <>
          {[14, 34, 54].map((left) => (
            <rect key={left} x={left} y="20" width="13" height="13" rx="3" className="fill-line" />
          ))}
          <rect x="14" y="44" width="16" height="16" rx="4" className="fill-accent" />
          <path d="M18 52h8M18 56h6M18 48h8" className="stroke-on-accent" strokeWidth="1.5" />
        </>
      )}
    </svg>
  );
}
