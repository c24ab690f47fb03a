/** Several lines of text with their label. */
import { type TextareaHTMLAttributes, useId } from "react";

import { FIELD } from "./fieldClass";

/** The field. */
export function TextArea({ label, ...props }: TextareaHTMLAttributes<HTMLTextAreaElement> & { label: string }) {
  const id = useId();
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <textarea rows={3} {...props} id={id} className={FIELD} />
    </div>
  );
}
