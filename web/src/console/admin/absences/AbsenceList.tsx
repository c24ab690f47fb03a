/** A rep's absences: those that matter on a day, and the ones before on request. */
import type { ReactNode } from "react";

import { useWords } from "../../../messages/useWords";
import type { Absence } from "../../../sdk/administration";
import { covers, parted } from "./away";
import { useDaysWords } from "./useDaysWords";

interface Props {
  readonly absences: readonly Absence[];
  readonly day: string;
  /** What can be done with one that is shown. */
  readonly action?: (absence: Absence) => ReactNode;
}

/** The list; the absence that holds the day stands out. */
export function AbsenceList({ absences, day, action }: Props) {
  const { say } = useWords();
  const { shown, earlier } = parted(absences, day);
  return (
    <div className="grid min-w-0 gap-1">
      <ul className="grid gap-1">
        {shown.map((absence) => (
          <Line key={absence.from} absence={absence} isOn={covers(absence, day)}>
            {action?.(absence)}
          </Line>
        ))}
      </ul>
      {earlier.length > 0 && (
        <details className="text-quiet">
          <summary className="min-h-6 w-fit cursor-pointer">{say("absences.earlier", { n: earlier.length })}</summary>
          <ul className="grid gap-1">
            {earlier.map((absence) => (
              <Line key={absence.from} absence={absence} isOn={false} />
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Line({ absence, isOn, children }: { absence: Absence; isOn: boolean; children?: ReactNode }) {
  const daysIn = useDaysWords();
  return (
    <li className="flex flex-wrap items-baseline gap-x-3" data-absence={absence.from}>
      <span className={isOn ? "font-semibold" : ""}>{daysIn(absence)}</span>
      {absence.reason && <span className="min-w-0 break-words text-quiet">{absence.reason}</span>}
      {children}
    </li>
  );
}
