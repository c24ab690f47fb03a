/** The order to close a day. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { SubmitEvent } from "react";

import { useWords } from "../../messages/useWords";
import { api, told } from "../../sdk/browser";
import { Problem } from "../../sdk/problem";
import { Button } from "../../ui/Button";
import { ProblemNote } from "../../ui/ProblemNote";
import { addDays, isDay } from "../days";
import type { Place } from "../frame/UnitPage";
import { NATION } from "../levels";

/** A day, whether it is the last word, and the button. A rep closes nothing. */
export function CloseDay({ place }: { place: Place }) {
  const { say } = useWords();
  const client = useQueryClient();
  const close = useMutation({
    mutationFn: (order: { date: string; final: boolean }) => {
      // Of the whole company, every unit below closes with it.
      const unit = place.unit === NATION ? {} : { unit: place.unit };
      return told(api.POST("/api/v1/closings", { body: { ...order, ...unit } }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["closings"] }),
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const date = fields.get("date");
    if (isDay(date)) close.mutate({ date, final: fields.get("final") === "yes" });
  };
  if (place.level === "rep" || place.me.role === "rep") return null;
  return (
    <form onSubmit={submit} className="grid gap-3 print:hidden">
      <div className="flex flex-wrap items-end gap-3">
        <label className="grid gap-1 text-xs text-quiet">
          {say("closings.day")}
          <input
            type="date"
            name="date"
            defaultValue={addDays(place.today, -1)}
            max={place.today}
            required
            className="min-h-9 rounded-sm border border-edge bg-sheet px-2 text-sm text-ink"
          />
        </label>
        <label className="flex min-h-9 cursor-pointer items-center gap-2 text-sm">
          <input type="checkbox" name="final" value="yes" className="size-5 accent-accent" />
          {say("closings.final")}
        </label>
        <Button type="submit" isPending={close.isPending}>
          {say("closings.close", { name: place.name })}
        </Button>
      </div>
      {close.isError && <ProblemNote problem={Problem.from(close.error)} />}
      <p role="status" className="text-sm text-good">
        {close.data && say("closings.done", { n: close.data.length })}
      </p>
    </form>
  );
}
