/** A customer's own data, changed where they stand, and what they agreed to. */
import type { DocumentView } from "../engine/contract";
import { fieldName } from "../words/names";
import { useSay } from "../words/useSay";
import { Consent } from "./Consent";
import { EditLine } from "./EditLine";
import { EntryField } from "./EntryField";
import { valueOf } from "./fields";

const BEFORE = [
  ["name", "text"],
  ["birth_date", "date"],
  ["occupation", "text"],
] as const;
const AFTER = ["address.city", "address.street", "address.detail", "address.zip", "source"] as const;

/** All fields. */
export function DetailsTab({ customer }: { customer: DocumentView }) {
  const { say } = useSay();
  const line = (field: string, type: "text" | "date") => (
    <EditLine
      key={field}
      document={customer.id}
      label={fieldName(field, say)}
      field={field}
      value={valueOf(customer, field)}
      type={type}
      change={(value) => ({ op: "set", field, value })}
    />
  );
  return (
    <div className="grid gap-4">
      <div>{BEFORE.map(([field, type]) => line(field, type))}</div>
      <EntryField customer={customer} field="phone" type="tel" />
      <EntryField customer={customer} field="email" type="email" />
      <div>{AFTER.map((field) => line(field, "text"))}</div>
      <Consent customer={customer} field="consent.marketing" />
      <Consent customer={customer} field="consent.third_party" />
    </div>
  );
}
