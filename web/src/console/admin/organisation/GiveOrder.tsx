/** One order: typed, looked at as a dry run, then applied. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useEffect, useState } from "react";

import { useWords } from "../../../messages/useWords";
import { giveOrders, type Order, type Version } from "../../../sdk/administration";
import { Problem } from "../../../sdk/problem";
import { Button } from "../../../ui/Button";
import { Note } from "../../../ui/Note";
import { ProblemNote } from "../../../ui/ProblemNote";
import { Segments } from "../../../ui/Segments";
import { ReportView } from "../ReportView";
import { OrderFields } from "./OrderFields";
import { type OrderDraft, orderOf, ORDERS, pointedAt } from "./orders";

interface Props {
  /** The unit that was chosen in the tree. */
  readonly unit: string | undefined;
  readonly today: string;
}

/** The form and what it would do. */
export function GiveOrder({ unit, today }: Props) {
  const { say } = useWords();
  const client = useQueryClient();
  const [draft, setDraft] = useState<OrderDraft>(() => {
    const nothing: OrderDraft = { kind: "move", day: today, unit: "", to: "", name: "", units: "" };
    return unit ? pointedAt(nothing, unit) : nothing;
  });
  const look = useMutation({ mutationFn: (order: Order) => giveOrders({ orders: [order], dry_run: true }) });
  const apply = useMutation({
    mutationFn: ({ order, version }: { order: Order; version: Version }) =>
      giveOrders({ orders: [order], dry_run: false, version }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["organisation"] }),
    onError: (thrown, { order }) => {
      // What it would do to the organisation as it is by now is shown; what was typed stays.
      void client.invalidateQueries({ queryKey: ["organisation"] });
      if (Problem.from(thrown).isChangedMeanwhile) look.mutate(order);
    },
  });
  const { reset: forgetLook } = look;
  const { reset: forgetApply } = apply;
  const type = (typed: Partial<OrderDraft>) => {
    // Another order than the one that was looked at.
    forgetLook();
    forgetApply();
    setDraft((before) => ({ ...before, ...typed }));
  };
  useEffect(() => {
    if (!unit) return;
    forgetLook();
    forgetApply();
    setDraft((before) => pointedAt(before, unit));
  }, [unit, forgetLook, forgetApply]);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    forgetApply();
    look.mutate(orderOf(draft));
  };
  const report = apply.data ?? look.data;
  // An answer with problems did nothing: they are shown in place of what was looked at.
  const isDone = apply.data !== undefined && apply.data.problems.length === 0;
  const mayApply = report && report.problems.length === 0 && report.diff.length > 0;
  return (
    <section aria-label={say("orders.title")} className="grid grid-cols-1 gap-4">
      <form onSubmit={submit} className="grid gap-4 bg-sheet p-4">
        <h2 className="font-semibold">{say("orders.title")}</h2>
        <Segments
          label={say("orders.kind")}
          hidesLabel
          segments={ORDERS.map((value) => ({ value, words: say(`order.${value}`) }))}
          value={draft.kind}
          onChange={(kind) => type({ kind })}
        />
        <p className="text-sm text-quiet">{say(`order.${draft.kind}.means`)}</p>
        <OrderFields draft={draft} onTyped={type} />
        <div>
          <Button type="submit" isPending={look.isPending}>
            {say("orders.look")}
          </Button>
        </div>
      </form>
      {look.isError && <ProblemNote problem={Problem.from(look.error)} />}
      {apply.isError && <ProblemNote problem={Problem.from(apply.error)} />}
      {isDone ? (
        <Note tone="good">{say("orders.applied", { n: apply.data.new + apply.data.changed })}</Note>
      ) : (
        report && (
          <>
            <h2 className="font-semibold">{say("orders.would")}</h2>
            <ReportView report={report} />
            {mayApply && (
              <div>
                <Button
                  variant="primary"
                  isPending={apply.isPending}
                  isDisabled={look.isPending}
                  onPress={() => apply.mutate({ order: orderOf(draft), version: report.version })}
                >
                  {say("orders.apply")}
                </Button>
              </div>
            )}
          </>
        )
      )}
    </section>
  );
}
