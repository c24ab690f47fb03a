/** What an edit did to the fields that figures come from. */
import { useWords } from "../../messages/useWords";
import { wonExact } from "../../ui/numbers";
import type { PolicyEdit } from "../types";

const FIELDS = [
  "product",
  "premium_won",
  "payment_mode",
  "sale_date",
  "application_date",
  "certificate_date",
  "withdrawn_on",
  "status",
  "lapsed_on",
  "reinstated_on",
  "approved_sale_date",
] as const;

/** How often a premium is paid. */
const MODES = ["monthly", "quarterly", "annual", "single"] as const;

/** What headquarters records of a policy. */
const STATUSES = ["in_force", "lapsed", "reinstated", "surrendered", "matured"] as const;

/** Old and new values. */
export function FieldChanges({ fields }: { fields: NonNullable<PolicyEdit["fields"]> }) {
  const { say, language } = useWords();
  const words = (field: string, value: string) => {
    if (field === "premium_won" && /^-?\d+$/.test(value)) return wonExact(Number(value), language);
    const mode = MODES.find((one) => one === value);
    if (field === "payment_mode" && mode) return say(`mode.${mode}`);
    const status = STATUSES.find((one) => one === value);
    return field === "status" && status ? say(`status.${status}`) : value;
  };
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
                <del className="text-quiet">{words(field, old)}</del> <span aria-hidden>→ </span>
              </>
            )}
            {now == null ? <span className="text-quiet">{say("edit.removed")}</span> : <ins className="no-underline">{words(field, now)}</ins>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
