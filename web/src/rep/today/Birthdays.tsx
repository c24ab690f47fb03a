/** Who has a birthday within the week. */
import { Link } from "wouter";

import type { CustomerRow } from "../engine/contract";
import { useSay } from "../words/useSay";

/** The list. */
export function Birthdays({ rows }: { rows: readonly CustomerRow[] }) {
  const { say } = useSay();
  return (
    <section aria-label={say("today.birthdays")}>
      <h2 className="text-lg font-semibold">{say("today.birthdays")}</h2>
      <ul>
        {rows.map((row) => (
          <li key={row.id} className="border-b border-line">
            <Link href={`/customers/${row.id}`} className="flex min-h-12 flex-wrap items-center justify-between gap-x-3 py-1 no-underline">
              <span className="min-w-0 font-medium wrap-anywhere">{row.name}</span>
              <span className="text-quiet">{row.birthDate?.slice(5).replace("-", ".")}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
