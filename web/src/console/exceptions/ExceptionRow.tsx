/** An exception: whose, which day, until when; and ending it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { useWords } from "../../messages/useWords";
import { api, told } from "../../sdk/browser";
import { Problem } from "../../sdk/problem";
import { Button } from "../../ui/Button";
import { ProblemNote } from "../../ui/ProblemNote";
import { StateMark } from "../../ui/StateMark";
import { momentIn } from "../days";
import { mayOrder } from "../mayOrder";
import type { ExceptionToDay, Me } from "../types";

/** The row. */
export function ExceptionRow({ exception, me }: { exception: ExceptionToDay; me: Me }) {
  const { say } = useWords();
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () => told(api.POST("/api/v1/exceptions/close", { body: { id: exception.id } })),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["exceptions"] }),
        client.invalidateQueries({ queryKey: ["closings"] }),
      ]),
  });
  const at = (moment: string) => momentIn(me.zone, Date.parse(moment)).slice(0, -3);
  const isOpen = exception.state === "open" && !end.data;
  const endedAt = exception.ended_at ?? exception.until;
  return (
    <li
      className="grid gap-x-6 gap-y-1 px-3 py-2.5 text-sm md:grid-cols-[9rem_1fr_1fr_auto]"
      data-exception={exception.id}
    >
      <span className="font-semibold">
        {exception.day}
        <span className="block text-xs font-normal text-quiet">{exception.unit}</span>
      </span>
      <span>
        {exception.user}
        {exception.rep !== exception.user && <span className="text-quiet"> · {exception.rep}</span>}
        {exception.reason && <span className="block text-quiet">{exception.reason}</span>}
      </span>
      <span>
        {isOpen ? (
          <StateMark tone="warn" words={say("exceptions.state.open", { until: at(exception.until) })} />
        ) : (
          <StateMark
            tone="plain"
            words={say("exceptions.state.ended", {
              at: at(endedAt),
              by: exception.ended_by ?? say("exceptions.by-itself"),
            })}
          />
        )}
        <span className="block text-xs text-quiet">
          {say("exceptions.opened-by")} {exception.opened_by} · {at(exception.opened_at)}
          {exception.stamp != null && ` · ${say("exceptions.stamp", { stamp: exception.stamp })}`}
        </span>
      </span>
      {isOpen && mayOrder(me) ? (
        <Button onPress={() => end.mutate()} isPending={end.isPending} className="self-start justify-self-start">
          {say("exceptions.end")}
        </Button>
      ) : (
        <span />
      )}
      <div className="md:col-span-4">
        {end.isError && <ProblemNote problem={Problem.from(end.error)} />}
        <span role="status" className="text-good">
          {end.data && say("exceptions.ended", { n: end.data.stamps.length })}
        </span>
      </div>
    </li>
  );
}
