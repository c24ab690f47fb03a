/** One customer of the list. */
import { TriangleAlert } from "lucide-react";
import { Link } from "wouter";

import { useAnswer } from "../book/useAnswer";
import type { CustomerRow } from "../engine/contract";
import { ageOn, dayShort } from "../ui/moments";
import { StateDot } from "../ui/StateDot";
import { useSay } from "../words/useSay";

/** Name, age, last contact and next step; a row is as high as every other. */
export function CustomerRowLink({ row, isChosen }: { row: CustomerRow; isChosen: boolean }) {
  const { say, language } = useSay();
  const day = useAnswer("today").value?.day;
  const age = day ? ageOn(row.birthDate, day) : null;
  const steps = [
    row.lastContact && say("row.last", { time: dayShort(row.lastContact.slice(0, 10), language) }),
    row.nextContactOn && say("row.next", { day: dayShort(row.nextContactOn, language) }),
    row.policies > 0 && say("row.policies", { n: row.policies }),
  ].filter(Boolean);
  return (
    <div role="listitem" className="h-20 border-b border-line">
      <Link
        href={`/customers/${row.id}`}
        data-customer={row.id}
        aria-current={isChosen ? "true" : undefined}
        className={`flex h-full items-center gap-3 no-underline active:bg-well ${isChosen ? "bg-tint px-2" : ""}`}
      >
        <span className="min-w-0 flex-1">
          <span className="flex items-baseline gap-2">
            <span data-name className="truncate font-medium">
              {row.name}
            </span>
            {age !== null && <span className="shrink-0 text-sm text-quiet">{say("row.age", { n: age })}</span>}
          </span>
          <span className="block truncate text-sm text-quiet">{steps.join(" · ") || say("row.nothing")}</span>
        </span>
        {(row.clashes > 0 || row.blocked) && (
          <span className="flex items-center text-warn">
            <TriangleAlert aria-hidden className="size-5" />
            <span className="sr-only">{say(row.clashes > 0 ? "row.clash" : "row.blocked")}</span>
          </span>
        )}
        <StateDot state={row.state} isShort />
      </Link>
    </div>
  );
}
