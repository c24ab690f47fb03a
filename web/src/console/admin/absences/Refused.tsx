/** Why something was not noted: where somebody was first, with what is there now beside what was typed. */
import { useWords } from "../../../messages/useWords";
import type { RepAbsences } from "../../../sdk/administration";
import type { Problem } from "../../../sdk/problem";
import { ProblemNote } from "../../../ui/ProblemNote";
import { BothVersions } from "../BothVersions";
import { useDaysWords } from "./useDaysWords";

interface Props {
  readonly problem: Problem;
  /** What is noted of the rep now. */
  readonly now: RepAbsences | null;
  /** What was typed, in words. */
  readonly mine: string;
  readonly keepMine: () => void;
  readonly takeTheirs: () => void;
}

/** The words. */
export function Refused({ problem, now, mine, keepMine, takeTheirs }: Props) {
  const { say } = useWords();
  const daysIn = useDaysWords();
  if (!problem.isChangedMeanwhile) return <ProblemNote problem={problem} />;
  const theirs = now?.absences.map((absence) => `${daysIn(absence)}: ${absence.reason ?? ""}`).join(" · ");
  return (
    <BothVersions
      rows={[{ what: say("admin.absences"), theirs: theirs ?? say("absences.none"), mine }]}
      keepMine={keepMine}
      takeTheirs={takeTheirs}
    />
  );
}
