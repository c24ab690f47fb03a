/** The first and the last of some days. */
import type { SubmitEvent } from "react";

import { useWords } from "../../messages/useWords";
import { Button } from "../../ui/Button";
import { isDay } from "../days";
import type { Period } from "../period";

const FIELD = "min-h-9 rounded-sm border border-edge bg-sheet px-2 text-sm text-ink";

/** Two fields and a button. */
export function DayFields(props: { from: string; to: string; last: string; onChosen: (days: Period) => void }) {
  const { say } = useWords();
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const [from, to] = [fields.get("from"), fields.get("to")];
    if (isDay(from) && isDay(to)) props.onChosen(from <= to ? { from, to } : { from: to, to: from });
  };
  return (
    <form onSubmit={submit} className="flex flex-wrap items-end gap-2">
      <label className="grid gap-1 text-xs text-quiet">
        {say("period.from")}
        <input type="date" name="from" defaultValue={props.from} max={props.last} required className={FIELD} />
      </label>
      <label className="grid gap-1 text-xs text-quiet">
        {say("period.to")}
        <input type="date" name="to" defaultValue={props.to} max={props.last} required className={FIELD} />
      </label>
      <Button type="submit">{say("period.show")}</Button>
    </form>
  );
}
