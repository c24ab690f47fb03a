/** A new customer: the name is enough. */
import { type SyntheticEvent, useState } from "react";
import { useLocation } from "wouter";

import { useAct } from "../book/useAct";
import type { Operation } from "../engine/contract";
import { Page } from "../frame/Page";
import { Field } from "../ui/Field";
import { holdWhileComposing } from "../ui/typing";
import { useUnsaved } from "../update/UpdateContext";
import { fieldName } from "../words/names";
import { useSay } from "../words/useSay";
import { SaveBar } from "./SaveBar";

const FIELDS = [
  { field: "name", op: "set", type: "text" },
  { field: "phone", op: "add", type: "tel" },
  { field: "birth_date", op: "set", type: "date" },
  { field: "address.city", op: "set", type: "text" },
  { field: "source", op: "set", type: "text" },
] as const;

/** The form. */
export default function NewCustomerPage() {
  const { say } = useSay();
  const act = useAct();
  const [, go] = useLocation();
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [isSaving, setSaving] = useState(false);
  useUnsaved(Object.values(typed).some((value) => value !== ""));
  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (isSaving) return;
    setSaving(true);
    const operations = FIELDS.flatMap(({ field, op }): Operation[] => {
      const value = typed[field]?.trim();
      return value ? [{ op, field, value }] : [];
    });
    const done = await act((book) => book.call("createCustomer", { operations }), "toast.saved");
    setSaving(false);
    if (done) go(`/customers/${done.document}`, { replace: true });
  };
  return (
    <Page title={say("new-customer.title")} back="/customers">
      <form className="grid gap-5" onSubmit={(event) => void submit(event)} onKeyDown={holdWhileComposing}>
        {FIELDS.map(({ field, type }) => (
          <Field
            key={field}
            label={fieldName(field, say)}
            name={field}
            type={type}
            value={typed[field] ?? ""}
            onChange={(event) => setTyped((known) => ({ ...known, [field]: event.target.value }))}
          />
        ))}
        <SaveBar missing={typed["name"]?.trim() ? null : say("new-customer.need")} isBusy={isSaving} />
      </form>
    </Page>
  );
}
