/** A field that keeps several values: each can be changed or taken away, and one added. */
import type { DocumentView } from "../engine/contract";
import { fieldName } from "../words/names";
import { useSay } from "../words/useSay";
import { EditLine } from "./EditLine";
import { entriesOf } from "./fields";

/** The values and a line for another. */
export function EntryField({ customer, field, type = "text" }: { customer: DocumentView; field: string; type?: "text" | "tel" | "email" }) {
  const { say } = useSay();
  const name = fieldName(field, say);
  return (
    <div>
      {entriesOf(customer, field).map(({ id, value }) => (
        <EditLine
          key={id}
          document={customer.id}
          label={name}
          field={`${field}.${id}`}
          value={value}
          type={type}
          change={(typed) => ({ op: "set", field: `${field}.${id}`, value: typed })}
        />
      ))}
      <EditLine document={customer.id} label={say("entry.add", { field: name })} field={field} value={null} type={type} isNew change={(typed) => ({ op: "add", field, value: typed })} />
    </div>
  );
}
