/** What was typed beside what is there now, as rows. */
import { useWords } from "../../../messages/useWords";
import type { Absence, RepAbsences } from "../../../sdk/administration";
import type { Both } from "../BothVersions";
import { type Away, counterpartOf, parted } from "./away";
import { useDaysWords } from "./useDaysWords";

/** How to say them, of days away and of a day somebody is back on. */
export function useBothRows(now: RepAbsences | null) {
  const { say } = useWords();
  const daysIn = useDaysWords();
  const absences = now?.absences ?? [];
  const ofAway = (mine: Away): Both[] => {
    const theirs = counterpartOf(mine, absences);
    const last = ({ to }: Absence | Away) => to ?? say("absences.open-end");
    return [
      { what: say("period.from"), theirs: theirs?.from ?? say("absences.none"), mine: mine.from },
      { what: say("period.to"), theirs: theirs ? last(theirs) : "·", mine: last(mine) },
      { what: say("absences.reason"), theirs: theirs?.reason ?? "·", mine: mine.reason },
    ];
  };
  const ofBack = (day: string): Both[] => {
    const theirs = parted(absences, day).shown.map(daysIn).join(" · ");
    return [{ what: say("admin.absences"), theirs: theirs || say("absences.none"), mine: say("absences.back-from", { day }) }];
  };
  return { ofAway, ofBack };
}
