/** The fields of an order. */
import { useWords } from "../../../messages/useWords";
import type { MessageId } from "../../../messages/words";
import { Field } from "../../../ui/Field";
import { FIELD } from "../../../ui/fieldClass";
import { UnitField } from "../people/UnitField";
import { ASKED, type Asked, type OrderDraft } from "./orders";

/** Those that this kind of order asks for. */
export function OrderFields({ draft, onTyped }: { draft: OrderDraft; onTyped: (typed: Partial<OrderDraft>) => void }) {
  const { say } = useWords();
  const wordsOf = ({ field }: Asked) => {
    const own = OWN_WORDS.find((id) => id === `order.${draft.kind}.${field}`);
    return say(own ?? `orders.${field}`);
  };
  return (
    <div className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,13rem),1fr))] gap-3">
      {ASKED[draft.kind].map((asked) => {
        const { field, isRequired, isNew } = asked;
        const label = wordsOf(asked);
        if (field === "name" || field === "units") {
          return (
            <Field key={field} label={label}>
              <input
                className={FIELD}
                name={field}
                value={draft[field]}
                required={isRequired}
                autoComplete="off"
                onChange={(event) => onTyped({ [field]: event.target.value })}
              />
            </Field>
          );
        }
        return (
          <UnitField
            key={`${field}${String(isNew)}`}
            label={label}
            value={draft[field]}
            on={draft.day}
            isRequired={isRequired}
            isNew={isNew}
            onChange={(value) => onTyped({ [field]: value })}
          />
        );
      })}
      <Field label={say(draft.kind === "leave" ? "order.leave.day" : "orders.day")}>
        <input
          type="date"
          name="day"
          className={FIELD}
          value={draft.day}
          required
          onChange={(event) => onTyped({ day: event.target.value })}
        />
      </Field>
    </div>
  );
}

/** Fields that have words of their own in an order. */
const OWN_WORDS: readonly MessageId[] = [
  "order.hire.unit",
  "order.hire.to",
  "order.split.to",
  "order.split.units",
  "order.merge.to",
  "order.merge.units",
  "order.close.to",
  "order.open.unit",
  "order.open.to",
];
