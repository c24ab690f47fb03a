/** A line of a form with its label. */
import { type InputHTMLAttributes, useId } from "react";

import { FIELD } from "./fieldClass";

/** The field; `hint` stands below it, `problem` in its place where something is wrong. */
export function Field({ label, hint, problem, className = "", ...props }: InputHTMLAttributes<HTMLInputElement> & { label: string; hint?: string; problem?: string | undefined }) {
  const id = useId();
  const below = problem ?? hint;
  return (
    <div className={`grid gap-1 ${className}`}>
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <input
        autoComplete="off"
        {...props}
        id={id}
        aria-invalid={problem !== undefined || undefined}
        aria-describedby={below ? `${id}-below` : undefined}
        className={FIELD}
      />
      {below && (
        <p id={`${id}-below`} className={problem ? "text-bad" : "text-sm text-quiet"}>
          {below}
        </p>
      )}
    </div>
  );
}
