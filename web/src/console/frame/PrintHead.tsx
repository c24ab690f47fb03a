/** The head of a printed sheet: what it is about, when it was printed. */
import { useWords } from "../../messages/useWords";
import { momentIn } from "../days";
import { useNow } from "../useNow";
import type { Place } from "./UnitPage";

const LOOK_MS = 30_000;

/** Seen on paper only. */
export function PrintHead({ place, view }: { place: Place; view: string | undefined }) {
  const { say } = useWords();
  const now = useNow(LOOK_MS);
  const { name, unit, period, me } = place;
  return (
    <div className="mb-3 hidden justify-between border-b border-ink pb-2 print:flex">
      <span>
        {say("app.name")} · {view ?? say("view.board")} · {name} ({unit}) · {period.from} – {period.to}
      </span>
      <span>{say("print.at", { at: momentIn(me.zone, now), user: me.user })}</span>
    </div>
  );
}
