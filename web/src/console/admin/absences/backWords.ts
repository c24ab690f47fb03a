/** What being back is called: of an absence that is still to come, it is taken out. */
import type { MessageId } from "../../../messages/words";
import type { Absence } from "../../../sdk/administration";
import { standingOf } from "./away";

interface BackWords {
  readonly button: MessageId;
  readonly title: MessageId;
}

/** As a rule. */
export const AWAY_WORDS: BackWords = { button: "absences.back", title: "absences.back-of" };
const PLANNED_WORDS: BackWords = { button: "absences.take-out", title: "absences.take-out-of" };

/** The words of the button and of what it opens; none where nobody is away or will be. */
export function backWords(absences: readonly Absence[], today: string): BackWords | null {
  const { is } = standingOf(absences, today);
  if (is === "back") return null;
  return is === "away" ? AWAY_WORDS : PLANNED_WORDS;
}
