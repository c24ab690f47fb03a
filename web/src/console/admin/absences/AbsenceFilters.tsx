/** Whose absences are shown, and of which day; all of it is in the address. */
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";

import { useWords } from "../../../messages/useWords";
import { Field } from "../../../ui/Field";
import { FIELD } from "../../../ui/fieldClass";
import { Segments } from "../../../ui/Segments";
import { UnitField } from "../people/UnitField";
import { type AbsenceSearch, TODAY } from "../searches";
import { useSettled } from "../useSettled";

type Which = "all" | "today" | "day";

function whichOf({ on }: AbsenceSearch): Which {
  if (on === undefined) return "all";
  return on === TODAY ? "today" : "day";
}

/** The fields. */
export function AbsenceFilters({ search, today }: { search: AbsenceSearch; today: string }) {
  const { say } = useWords();
  const navigate = useNavigate();
  const filter = (change: AbsenceSearch) =>
    void navigate({ to: "/admin/absences", search: { ...search, ...change }, replace: true });
  const which = whichOf(search);
  const onOf: Record<Which, string | undefined> = { all: undefined, today: TODAY, day: today };
  return (
    <search className="mb-3 grid max-w-4xl grid-cols-1 items-start gap-x-6 gap-y-3 sm:grid-cols-[1fr_auto]">
      <UnitFilter unit={search.unit ?? ""} onSettled={(unit) => filter({ unit: unit || undefined })} />
      <div className="flex flex-wrap items-end gap-3">
        <Segments
          label={say("absences.which")}
          segments={[
            { value: "all", words: say("absences.which.all") },
            { value: "today", words: say("absences.which.today") },
            { value: "day", words: say("absences.which.day") },
          ]}
          value={which}
          onChange={(chosen) => filter({ on: onOf[chosen] })}
        />
        {which === "day" && (
          <Field label={say("absences.on")}>
            <input
              type="date"
              name="on"
              className={FIELD}
              value={search.on ?? today}
              onChange={(event) => event.target.value && filter({ on: event.target.value })}
            />
          </Field>
        )}
      </div>
    </search>
  );
}

/** The unit, told once nobody types. */
function UnitFilter({ unit, onSettled }: { unit: string; onSettled: (unit: string) => void }) {
  const { say } = useWords();
  const [typed, setTyped] = useState(unit);
  const settled = useSettled(typed.trim());
  const told = useRef({ unit, onSettled });
  told.current = { unit, onSettled };
  useEffect(() => {
    if (settled !== told.current.unit) told.current.onSettled(settled);
  }, [settled]);
  return <UnitField label={say("person.unit-code")} value={typed} isRequired={false} onChange={setTyped} />;
}
