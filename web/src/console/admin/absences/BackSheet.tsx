/** That a rep is back, from a day on. */
import { type SubmitEvent, useState } from "react";

import { useWords } from "../../../messages/useWords";
import type { RepAbsences } from "../../../sdk/administration";
import { Button } from "../../../ui/Button";
import { Field } from "../../../ui/Field";
import { FIELD } from "../../../ui/fieldClass";
import { Sheet } from "../../../ui/Sheet";
import { AbsenceList } from "./AbsenceList";
import { type Noted, usualBack } from "./away";
import { AWAY_WORDS, backWords } from "./backWords";
import { Refused } from "./Refused";
import { useBothRows } from "./useBothRows";
import { useNoteOf } from "./useNote";

interface Props {
  readonly row: RepAbsences;
  readonly today: string;
  readonly close: () => void;
  readonly onNoted: (noted: Noted) => void;
}

/** The day, and what stands noted. */
export function BackSheet({ row, today, close, onNoted }: Props) {
  const { say } = useWords();
  const [day, setDay] = useState(usualBack(row.absences, today));
  const words = backWords(row.absences, today) ?? AWAY_WORDS;
  const note = useNoteOf(row.rep, row, onNoted);
  const both = useBothRows(note.now);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    note.send({ back: day });
  };
  return (
    <Sheet title={say(words.title, { name: row.name })} isOpen close={close}>
      <div className="text-sm">
        <AbsenceList absences={note.before?.absences ?? []} day={today} />
      </div>
      <form onSubmit={submit} className="grid gap-4">
        <Field label={say("absences.back.day")} hint={<span>{say("absences.back.means")}</span>}>
          <input
            type="date"
            name="back"
            className={FIELD}
            required
            value={day}
            onChange={(event) => setDay(event.target.value)}
          />
        </Field>
        {note.problem && (
          <Refused
            problem={note.problem}
            rows={both.ofBack(day)}
            keepMine={() => note.send({ back: day })}
            takeTheirs={close}
          />
        )}
        {/* Hidden and not gone: what was said of a button to listeners is said by its name. */}
        <div className={`flex-wrap justify-end gap-2 ${note.isChanged ? "hidden" : "flex"}`}>
          <Button onPress={close}>{say("action.cancel")}</Button>
          <Button type="submit" variant="primary" isPending={note.isPending}>
            {say(words.button)}
          </Button>
        </div>
      </form>
    </Sheet>
  );
}
