/** That a rep is away: noted anew, or changed. */
import { type SubmitEvent, useState } from "react";

import { useWords } from "../../../messages/useWords";
import type { Absence, RepAbsences } from "../../../sdk/administration";
import { Button } from "../../../ui/Button";
import { Sheet } from "../../../ui/Sheet";
import { useSettled } from "../useSettled";
import { AbsenceList } from "./AbsenceList";
import { absentOf, type AwayDraft, type Noted } from "./away";
import { AwayFields } from "./AwayFields";
import { Refused } from "./Refused";
import { useBothRows } from "./useBothRows";
import { useDaysWords } from "./useDaysWords";
import { useNoteOf } from "./useNote";

interface Props {
  /** The rep, where one is known. */
  readonly row?: RepAbsences | undefined;
  /** The absence that is changed. */
  readonly absence?: Absence | undefined;
  readonly today: string;
  readonly close: () => void;
  readonly onNoted: (noted: Noted) => void;
}

/** The form. */
export function AwaySheet({ row, absence, today, close, onNoted }: Props) {
  const { say } = useWords();
  const daysIn = useDaysWords();
  const [draft, setDraft] = useState<AwayDraft>({
    rep: row?.rep ?? "",
    from: absence?.from ?? today,
    to: absence?.to ?? "",
    reason: absence?.reason ?? "",
  });
  const typedRep = draft.rep.trim();
  const rep = useSettled(typedRep);
  const note = useNoteOf(rep, row, onNoted);
  const both = useBothRows(note.now);
  const absent = absentOf(draft);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    note.send({ absent });
  };
  const known = note.before?.absences ?? [];
  const title = row
    ? say(absence ? "absences.change-of" : "absences.note-of", { name: row.name, days: absence ? daysIn(absence) : "" })
    : say("absences.note");
  return (
    <Sheet title={title} isOpen close={close}>
      <form onSubmit={submit} className="grid gap-4">
        <AwayFields
          draft={draft}
          onTyped={(typed) => setDraft((before) => ({ ...before, ...typed }))}
          known={known}
          today={today}
          hasRep={row !== undefined}
          hasFrom={absence !== undefined}
        />
        {known.length > 0 && (!absence || note.isChanged) && (
          <section className="grid gap-1 text-sm">
            <h3 className="text-xs text-quiet">{say("absences.known")}</h3>
            <AbsenceList absences={known} day={today} />
          </section>
        )}
        {note.problem && (
          <Refused
            problem={note.problem}
            rows={both.ofAway(absent)}
            keepMine={() => note.send({ absent })}
            takeTheirs={close}
          />
        )}
        {/* Hidden and not gone: what was said of a button to listeners is said by its name. */}
        <div className={`flex-wrap justify-end gap-2 ${note.isChanged ? "hidden" : "flex"}`}>
          <Button onPress={close}>{say("action.cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            isPending={note.isPending}
            // Over what is noted of this rep, and not of the one whose code was typed before.
            isDisabled={typedRep !== rep || note.isLooking}
          >
            {say(absence ? "action.save" : "absences.note")}
          </Button>
        </div>
      </form>
    </Sheet>
  );
}
