/** Opening a closed day for one rep. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { type SubmitEvent, useState } from "react";
import { Button as AriaButton } from "react-aria-components";

import { useWords } from "../../messages/useWords";
import { api, told } from "../../sdk/browser";
import { Problem } from "../../sdk/problem";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { FIELD } from "../../ui/fieldClass";
import { Note } from "../../ui/Note";
import { ProblemNote } from "../../ui/ProblemNote";
import { addDays, momentIn } from "../days";
import type { Place } from "../frame/UnitPage";
import { textIn } from "../forms";
import { organisationQuery } from "../queries";

/** The form, behind a press. */
export function OpenException({ place }: { place: Place }) {
  const { say } = useWords();
  const [isOpen, setOpen] = useState(false);
  return (
    <section className="print:hidden">
      <AriaButton
        aria-expanded={isOpen}
        onPress={() => setOpen(!isOpen)}
        className="inline-flex min-h-9 items-center gap-1 font-medium underline underline-offset-4"
      >
        {say("exceptions.new")}
        <ChevronDown aria-hidden className={`size-4 ${isOpen ? "rotate-180" : ""}`} />
      </AriaButton>
      {isOpen && <Form place={place} />}
    </section>
  );
}

function Form({ place }: { place: Place }) {
  const { say } = useWords();
  const { me, today } = place;
  const client = useQueryClient();
  const level = place.level === "branch" ? undefined : "branch";
  const branches = useQuery({ ...organisationQuery(place.unit, today, level), enabled: level !== undefined });
  const open = useMutation({
    mutationFn: (body: { unit: string; date: string; user: string; until: string; reason?: string }) =>
      told(api.POST("/api/v1/exceptions", { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["exceptions"] }),
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const reason = textIn(fields, "reason");
    open.mutate({
      unit: textIn(fields, "unit"),
      date: textIn(fields, "date"),
      user: textIn(fields, "user"),
      until: textIn(fields, "until"),
      ...(reason ? { reason } : {}),
    });
  };
  const usual = level ? (branches.data?.units ?? []) : [{ unit: place.unit, name: place.name }];
  return (
    <form onSubmit={submit} className="mt-3 grid max-w-4xl gap-3 bg-sheet p-4">
      <div className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,12rem),1fr))] gap-3">
        <Field label={say("exceptions.branch")}>
          <select name="unit" required className={FIELD} key={usual.length}>
            {usual.map(({ unit, name }) => (
              <option key={unit} value={unit}>
                {name} ({unit})
              </option>
            ))}
          </select>
        </Field>
        <Field label={say("exceptions.day")}>
          <input type="date" name="date" required max={today} defaultValue={addDays(today, -1)} className={FIELD} />
        </Field>
        <Field label={say("exceptions.user")}>
          <input name="user" required autoComplete="off" className={FIELD} />
        </Field>
        <Field label={say("exceptions.until", { zone: me.zone })}>
          <input type="datetime-local" name="until" required defaultValue={`${today}T23:30`} className={FIELD} />
        </Field>
      </div>
      <Field label={say("exceptions.reason")}>
        <input name="reason" autoComplete="off" className={FIELD} />
      </Field>
      <div>
        <Button type="submit" variant="primary" isPending={open.isPending}>
          {say("exceptions.open")}
        </Button>
      </div>
      {open.isError && <ProblemNote problem={Problem.from(open.error)} />}
      {open.data && (
        <Note tone="good">
          {say("exceptions.opened", {
            user: open.data.user,
            until: momentIn(me.zone, Date.parse(open.data.until)).slice(0, -3),
          })}
        </Note>
      )}
    </form>
  );
}
