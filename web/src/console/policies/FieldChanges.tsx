/** What an edit did to the fields that figures come from. */
import { useWords } from "../../messages/useWords";
import type { PolicyEdit } from "../types";

const FIELDS = ["product", "premium_won", "payment_mode", "sale_date", "state", "withdrawn_date"] as const;

/** Old and new values. */
export function FieldChanges({ fields }: { fields: NonNullable<PolicyEdit["fields"]> }) {
  const { say } = useWords();
  const nameOf = (field: string) => {
    const known = FIELDS.find((one) => one === field);
    return known ? say(`field.${known}`) : field;
  };
  if (fields.length === 0) return <p className="text-quiet">{say("edit.no-fields")}</p>;
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4">
      {fields.map(({ field, old, new: now }) => (
        <div key={field} className="contents">
          <dt className="text-quiet">{nameOf(field)}</dt>
          <dd>
            {old != null && (
              <>
                <del className="text-quiet">{old}</del> <span aria-hidden>→ </span>
              </>
            )}
            {now == null ? <span className="text-quiet">{say("edit.removed")}</span> : <ins className="no-underline">{now}</ins>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
