/** The fields of an invitation: how long its code holds, and the address it leads to. */
import { useWords } from "../../../messages/useWords";
import { Field } from "../../../ui/Field";
import { FIELD } from "../../../ui/fieldClass";
import { Select } from "../../../ui/Select";
import { reachOf } from "./address";
import type { Terms } from "./terms";

/** Days one may choose from. */
const DAYS = [1, 3, 7, 14, 30];

const WORDS = {
  none: "invite.address.wrong",
  insecure: "invite.address.insecure",
  "this-computer": "invite.address.own",
} as const;

/** The fields; what is odd about the address is said under it. */
export function TermFields({ terms, onChange }: { terms: Terms; onChange: (terms: Terms) => void }) {
  const { say } = useWords();
  const { days, address } = terms;
  const reach = reachOf(address);
  return (
    <div className="grid w-full grid-cols-1 gap-3 sm:grid-cols-[1fr_2fr]">
      <Select
        label={say("invite.days")}
        value={String(days)}
        choices={DAYS.map((n) => ({ value: String(n), words: say("invite.days.n", { n }) }))}
        onChange={(chosen) => onChange({ ...terms, days: Number(chosen) })}
      />
      <Field
        label={say("invite.address")}
        hint={
          <span role="status" className={reach === "none" ? "text-bad" : "text-warn"} data-reach={reach}>
            {reach !== "fine" && say(WORDS[reach])}
          </span>
        }
      >
        <input
          className={FIELD}
          name="address"
          type="url"
          value={address}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange({ ...terms, address: event.target.value })}
        />
      </Field>
    </div>
  );
}
