/** What was noted, and one press that takes it back. */
import { useState } from "react";

import { useWords } from "../../../messages/useWords";
import { Problem } from "../../../sdk/problem";
import { Button } from "../../../ui/Button";
import { Note } from "../../../ui/Note";
import { ProblemNote } from "../../../ui/ProblemNote";
import { type Noted, takenOut, undoOf } from "./away";
import { useDaysWords } from "./useDaysWords";
import { useNote } from "./useNote";

/** The words. */
export function NotedNote({ noted }: { noted: Noted }) {
  const { say } = useWords();
  const daysIn = useDaysWords();
  const [isUndone, setUndone] = useState(false);
  const undo = useNote(() => setUndone(true));
  const { name, rep } = noted.after;
  const wordsOf = ({ noting: { absent, back } }: Noted) => {
    if (absent) return say("absences.noted", { name, days: daysIn(absent) });
    const gone = takenOut(noted);
    return gone ? say("absences.taken-out", { name, days: daysIn(gone) }) : say("absences.is-back", { name, day: back ?? "" });
  };
  return (
    <div className="mb-3 grid gap-3" data-noted={rep}>
      {isUndone ? (
        <Note tone="good">{say("absences.undone", { name })}</Note>
      ) : (
        <Note tone="good">
          <span className="flex flex-wrap items-center gap-3">
            {wordsOf(noted)}
            <Button isPending={undo.isPending} onPress={() => undo.mutate({ noting: undoOf(noted), before: noted.after })}>
              {say("action.undo")}
            </Button>
          </span>
        </Note>
      )}
      {undo.isError && <ProblemNote problem={Problem.from(undo.error)} />}
    </div>
  );
}
