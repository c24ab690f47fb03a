/** The fields of an absence: whose, which days, why. */
import { useQuery } from "@tanstack/react-query";

import { useWords } from "../../../messages/useWords";
import type { Absence } from "../../../sdk/administration";
import { Field } from "../../../ui/Field";
import { FIELD } from "../../../ui/fieldClass";
import { organisationQuery } from "../../queries";
import { UnitField } from "../people/UnitField";
import { useSettled } from "../useSettled";
import { type AwayDraft, hindranceOf } from "./away";
import { useDaysWords } from "./useDaysWords";

interface Props {
  readonly draft: AwayDraft;
  readonly onTyped: (typed: Partial<AwayDraft>) => void;
  /** What is noted of the rep already. */
  readonly known: readonly Absence[];
  readonly today: string;
  /** Whether the rep is known, and not to be typed. */
  readonly hasRep: boolean;
  /** Whether the first day is that of an absence that is changed. */
  readonly hasFrom: boolean;
}

/** The fields, and what stands against what was typed. */
export function AwayFields({ draft, onTyped, known, today, hasRep, hasFrom }: Props) {
  const { say } = useWords();
  const daysIn = useDaysWords();
  const hindrance = hindranceOf(draft, known);
  const hinders = (is: "backwards" | "reason" | "overlap") => hindrance?.is === is;
  return (
    <>
      {!hasRep && <RepField rep={draft.rep} today={today} onChange={(rep) => onTyped({ rep })} />}
      <div className="grid grid-cols-1 gap-3 sm:grid-cols-2">
        <Field label={say("period.from")}>
          <input
            type="date"
            name="from"
            className={FIELD}
            required
            disabled={hasFrom}
            value={draft.from}
            onChange={(event) => onTyped({ from: event.target.value })}
          />
        </Field>
        <Field label={say("period.to")} hint={<span>{say("absences.to.means")}</span>}>
          <input
            type="date"
            name="to"
            className={FIELD}
            min={draft.from}
            value={draft.to}
            onChange={(event) => onTyped({ to: event.target.value })}
          />
        </Field>
      </div>
      <p role="status" className="text-sm text-bad empty:hidden">
        {hinders("backwards") && say("absences.wrong.backwards")}
        {hindrance?.is === "overlap" && say("absences.wrong.overlap", { days: daysIn(hindrance.with) })}
      </p>
      <Field
        label={say("absences.reason")}
        hint={
          <span role="status" className={hinders("reason") ? "text-bad" : ""}>
            {say(hinders("reason") ? "absences.wrong.reason" : "absences.reason.means")}
          </span>
        }
      >
        <input
          className={FIELD}
          name="reason"
          required
          autoComplete="off"
          value={draft.reason}
          onChange={(event) => onTyped({ reason: event.target.value })}
        />
      </Field>
    </>
  );
}

function RepField({ rep, today, onChange }: { rep: string; today: string; onChange: (rep: string) => void }) {
  const { say } = useWords();
  const asked = useSettled(rep.trim());
  const found = useQuery({ ...organisationQuery(asked, today), enabled: asked !== "", retry: false });
  const unit = found.data?.path.at(-1);
  return (
    <div className="grid gap-1">
      <UnitField label={say("absences.rep")} value={rep} onChange={onChange} />
      <p role="status" className="text-xs text-bad empty:hidden">
        {unit && unit.level !== "rep" && say("absences.not-a-rep", { name: unit.name })}
      </p>
    </div>
  );
}
