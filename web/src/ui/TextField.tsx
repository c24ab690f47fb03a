/** A line of text with its label. */
import { FieldError, Input, Label, TextField as AriaTextField, type TextFieldProps } from "react-aria-components";

/** A labelled input. */
export function TextField({ label, ...props }: TextFieldProps & { label: string }) {
  return (
    <AriaTextField {...props} className="grid gap-1">
      <Label className="text-sm font-medium">{label}</Label>
      <Input className="min-h-11 w-full rounded-sm border border-edge bg-sheet px-3 user-invalid:border-bad" />
      <FieldError className="text-sm text-bad" />
    </AriaTextField>
  );
}
