/** A field of a form under its label. */
import type { ReactNode } from "react";

/** The label and what it names; `hint` says more. */
export function Field({ label, hint, children }: { label: string; hint?: ReactNode; children: ReactNode }) {
  return (
    <label className="grid min-w-0 content-start gap-1 text-xs text-quiet">
      <span>{label}</span>
      {children}
      {hint && <span>{hint}</span>}
    </label>
  );
}
