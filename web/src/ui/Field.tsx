/** A field of a form under its label. */
import type { ReactNode } from "react";

/** The label and what it names; `hint` says more, beside the name. */
export function Field({ label, hint, children }: { label: string; hint?: ReactNode; children: ReactNode }) {
  return (
    <div className="grid min-w-0 content-start gap-1 text-xs text-quiet">
      <label className="grid gap-1">
        <span>{label}</span>
        {children}
      </label>
      {hint}
    </div>
  );
}
