/** Whom one wanted to see by today. */
import { Link } from "wouter";

import type { CustomerRow } from "../engine/contract";
import { buttonClass } from "../ui/buttonClass";
import { Empty } from "../ui/Empty";
import { useSay } from "../words/useSay";
import { DueRow } from "./DueRow";

/** Rows shown here; the rest is in the list of customers. */
const SHOWN = 10;

/** The list, the longest overdue first. */
export function Due({ rows, day, customers }: { rows: readonly CustomerRow[]; day: string; customers: number }) {
  const { say } = useSay();
  return (
    <section aria-label={say("today.due")}>
      <h2 className="text-lg font-semibold">{say("today.due.number", { n: rows.length })}</h2>
      {rows.length === 0 &&
        (customers === 0 ? (
          <Empty words={say("today.due.no-customers")}>
            <Link href="/new-customer" className={buttonClass("plain")}>
              {say("customers.add")}
            </Link>
          </Empty>
        ) : (
          <p className="py-2 text-quiet">{say("today.due.empty")}</p>
        ))}
      <ul>
        {rows.slice(0, SHOWN).map((row) => (
          <DueRow key={row.id} row={row} day={day} />
        ))}
      </ul>
      {rows.length > SHOWN && (
        <Link href="/customers" className="inline-flex min-h-12 items-center text-accent">
          {say("today.due.more", { n: rows.length - SHOWN })}
        </Link>
      )}
    </section>
  );
}
