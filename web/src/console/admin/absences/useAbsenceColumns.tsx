import { useMemo } from "react";

import { useWords } from "../../../messages/useWords";
import type { Absence, RepAbsences } from "../../../sdk/administration";
import { Button } from "../../../ui/Button";
import type { Column } from "../../../ui/DataTable";
import { StateMark } from "../../../ui/StateMark";
import { RowLink } from "../../RowLink";
import { AbsenceList } from "./AbsenceList";
import { type Standing, standingOf } from "./away";
import { backWords } from "./backWords";
import { useDaysWords } from "./useDaysWords";

const LINK = "underline underline-offset-4";

/** What can be begun from a row. */
export interface RowActions {
  readonly note: (row: RepAbsences, absence?: Absence) => void;
  readonly back: (row: RepAbsences) => void;
}

/** The columns of a list of absences: as it is today, with the absences of `day` first. */
export function useAbsenceColumns(today: string, day: string, { note, back }: RowActions): Column<RepAbsences>[] {
  const { say } = useWords();
  const daysIn = useDaysWords();
  return useMemo<Column<RepAbsences>[]>(
    () => [
      {
        id: "rep",
        words: say("level.rep"),
        width: "minmax(8rem, 1fr)",
        isText: true,
        value: (row) => row.rep,
        cell: (row) => (
          <span>
            <RowLink href={`/unit/${encodeURIComponent(row.rep)}`} mark={row.rep}>
              {row.name}
            </RowLink>{" "}
            <span className="text-quiet">{row.rep}</span>
          </span>
        ),
      },
      {
        id: "today",
        words: say("period.today"),
        width: "minmax(8rem, 0.8fr)",
        isText: true,
        value: (row) => standingOf(row.absences, today).is,
        cell: (row) => <StandingMark standing={standingOf(row.absences, today)} />,
      },
      {
        id: "absences",
        words: say("admin.absences"),
        width: "minmax(14rem, 2.6fr)",
        isText: true,
        value: (row) => row.absences[0]?.from ?? "",
        cell: (row) => (
          <AbsenceList
            absences={row.absences}
            day={day}
            action={(absence) => (
              <Button
                variant="quiet"
                className={LINK}
                aria-label={say("absences.change-of", { name: row.name, days: daysIn(absence) })}
                onPress={() => note(row, absence)}
              >
                {say("absences.change")}
              </Button>
            )}
          />
        ),
      },
      {
        id: "note",
        words: say("absences.actions"),
        width: "minmax(10rem, 1fr)",
        value: () => "",
        cell: (row) => (
          <span className="flex flex-wrap justify-end gap-x-2">
            <BackButton row={row} today={today} back={back} />
            <Button
              variant="quiet"
              className={LINK}
              aria-label={say("absences.note-of", { name: row.name })}
              onPress={() => note(row)}
            >
              {say("absences.note")}
            </Button>
          </span>
        ),
      },
    ],
    [say, daysIn, today, day, note, back],
  );
}

function BackButton({ row, today, back }: { row: RepAbsences; today: string; back: RowActions["back"] }) {
  const { say } = useWords();
  const words = backWords(row.absences, today);
  if (!words) return null;
  return (
    <Button variant="quiet" className={LINK} aria-label={say(words.title, { name: row.name })} onPress={() => back(row)}>
      {say(words.button)}
    </Button>
  );
}

function StandingMark({ standing }: { standing: Standing }) {
  const { say } = useWords();
  if (standing.is === "planned") {
    return <StateMark tone="plain" words={say("absences.state.planned", { day: standing.from })} />;
  }
  return standing.is === "away" ? (
    <StateMark tone="off" words={say("absences.state.away")} />
  ) : (
    <StateMark tone="good" words={say("absences.state.back")} />
  );
}
