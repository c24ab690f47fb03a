/** One value of a document, changed where it stands. */
import { type SyntheticEvent, useState } from "react";

import { useAct } from "../book/useAct";
import type { FieldValue, Operation } from "../engine/contract";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { holdWhileComposing } from "../ui/typing";
import { useUnsaved } from "../update/UpdateContext";
import { valueWords } from "../words/names";
import { useSay } from "../words/useSay";

interface Props {
  readonly document: string;
  readonly label: string;
  readonly field: string;
  readonly value: FieldValue;
  readonly type?: "text" | "tel" | "email" | "date";
  /** Whether it adds a value instead of changing one. */
  readonly isNew?: boolean;
  /** The edit that was typed; null clears. */
  readonly change: (typed: string | null) => Operation;
}

/** The value with a button; then a line to type in. */
export function EditLine({ document, label, field, value, type = "text", isNew = false, change }: Props) {
  const { say, language } = useSay();
  const act = useAct();
  const kept = typeof value === "string" ? value : "";
  const [typed, setTyped] = useState<string | null>(null);
  useUnsaved(typed !== null && typed !== kept);
  if (typed === null) {
    return (
      <div data-field={field} className="flex items-center justify-between gap-2 border-b border-line">
        <div className="min-w-0 py-2">
          {!isNew && <p className="text-sm text-quiet">{label}</p>}
          {!isNew && <p className="line-clamp-6 wrap-anywhere">{valueWords(field, value, say, language)}</p>}
        </div>
        <Button weight="quiet" className="shrink-0" aria-label={isNew ? undefined : say("action.edit-what", { what: label })} onClick={() => setTyped(kept)}>
          {isNew ? label : say("action.edit")}
        </Button>
      </div>
    );
  }
  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    const next = typed.trim();
    if (next === kept || (isNew && next === "")) return setTyped(null);
    // What could not be saved stays where it was typed.
    if (await act((book) => book.call("edit", { id: document, operations: [change(next === "" ? null : next)] }), "toast.saved")) setTyped(null);
  };
  return (
    <form data-field={field} className="grid gap-2 border-b border-line py-2" onSubmit={(event) => void submit(event)} onKeyDown={holdWhileComposing}>
      <Field
        label={label}
        name={field}
        type={type}
        autoFocus
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && setTyped(null)}
      />
      <div className="flex flex-wrap gap-2">
        <Button weight="main" type="submit">
          {say("action.save")}
        </Button>
        <Button onClick={() => setTyped(null)}>{say("action.cancel")}</Button>
      </div>
    </form>
  );
}
