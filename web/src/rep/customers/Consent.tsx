/** What a customer agreed to. Where two people wrote differently, the more careful one holds. */
import { useAct } from "../book/useAct";
import type { DocumentView } from "../engine/contract";
import { Chips } from "../ui/Chips";
import { fieldName } from "../words/names";
import { useSay } from "../words/useSay";
import { textOf } from "./fields";

const CHOICES = ["granted", "withdrawn"] as const;

/** The choice. */
export function Consent({ customer, field }: { customer: DocumentView; field: "consent.marketing" | "consent.third_party" }) {
  const { say } = useSay();
  const act = useAct();
  const kept = textOf(customer, field);
  return (
    <Chips
      label={fieldName(field, say)}
      chips={CHOICES.map((value) => ({ value, words: say(`choice.consent.${value}`) }))}
      value={CHOICES.find((one) => one === kept) ?? null}
      onChange={(value) => void act((book) => book.call("edit", { id: customer.id, operations: [{ op: "set", field, value }] }), "toast.saved")}
    />
  );
}
