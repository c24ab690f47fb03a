/** A short word about how something went, or what to know before. */
import type { ReactNode } from "react";

const TONES = {
  good: "border-good bg-sheet",
  warn: "border-warn bg-warn-well",
  bad: "border-bad bg-bad-well",
  plain: "border-accent bg-tint",
} as const;

/** The words; listeners hear them when they come. */
export function Note({ tone, children }: { tone: keyof typeof TONES; children: ReactNode }) {
  return (
    <div role={tone === "bad" ? "alert" : "status"} className={`grid gap-2 border-l-2 px-4 py-2.5 text-sm ${TONES[tone]}`}>
      {children}
    </div>
  );
}
