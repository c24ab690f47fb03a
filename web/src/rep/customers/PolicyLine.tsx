/** One policy; its withdrawal and another day are edits like any other, and can be taken back. */
import { useState } from "react";

import { useAct } from "../book/useAct";
import type { PolicyRow } from "../engine/contract";
import { Button } from "../ui/Button";
import { dayWords } from "../ui/moments";
import { Money } from "../ui/Money";
import { StateDot } from "../ui/StateDot";
import { fieldName, typeName } from "../words/names";
import { useSay } from "../words/useSay";
import { EditLine } from "./EditLine";

interface Props {
  readonly row: PolicyRow;
  readonly day: string | undefined;
  /** Today by this device's clock, where that is off by so much. */
  readonly wrongDay: string | null;
}

/** The line; a press on it opens what can be done. */
export function PolicyLine({ row, day, wrongDay }: Props) {
  const { say, language } = useSay();
  const act = useAct();
  const isWrongDay = row.saleDate === wrongDay || (day !== undefined && row.saleDate > day);
  const [isOpen, setOpen] = useState(false);
  const withdraw = () => {
    if (!day) return;
    const operations = [{ op: "set", field: "withdrawn_on", value: day } as const];
    void act((book) => book.call("edit", { id: row.id, operations }), "policy.withdrawn.done");
    setOpen(false);
  };
  return (
    <li data-policy={row.id} className="border-b border-line py-2">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="min-w-0 font-medium wrap-anywhere">{row.productName}</span>
        <StateDot state={row.state} />
      </div>
      <div className="flex flex-wrap items-center justify-between gap-x-3 text-quiet">
        <span>
          {typeName(row.productType, say)} · {dayWords(row.saleDate, language)}
        </span>
        <span>
          {say(`choice.${row.paymentMode}`)} <Money won={row.premiumWon} className="font-semibold text-ink" />
        </span>
      </div>
      {isWrongDay && (
        <p data-wrong-day className="text-warn">
          {say("policy.wrong-day")}
        </p>
      )}
      {row.blocked && !isWrongDay && <p className="text-warn">{say("row.blocked")}</p>}
      {row.withdrawnOn && <p className="text-warn">{say("policy.withdrawn", { day: dayWords(row.withdrawnOn, language) })}</p>}
      {!row.withdrawnOn && !isOpen && (
        <Button data-policy-more weight="quiet" className="!px-0" onClick={() => setOpen(true)}>
          {say("policy.more")}
        </Button>
      )}
      {isOpen && (
        <>
          <EditLine
            document={row.id}
            label={fieldName("sale_date", say)}
            field="sale_date"
            value={row.saleDate}
            type="date"
            // A policy has a day: an empty line leaves it.
            change={(value) => ({ op: "set", field: "sale_date", value: value ?? row.saleDate })}
          />
          <div className="flex flex-wrap gap-2 py-1">
            <Button onClick={withdraw}>{say("policy.withdraw")}</Button>
            <Button weight="quiet" onClick={() => setOpen(false)}>
              {say("action.close")}
            </Button>
          </div>
        </>
      )}
    </li>
  );
}
