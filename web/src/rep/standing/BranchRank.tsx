/** The place among the reps of the branch, and of when it is. */
import { useBook } from "../book/BookContext";
import { momentWords } from "../ui/moments";
import { useNow } from "../ui/useNow";
import { useSay } from "../words/useSay";
import { standingOn } from "./keptStanding";

/** The line; nothing where the company does not tell it, or nobody has yet this month. */
export function BranchRank({ day }: { day: string }) {
  const { say, language } = useSay();
  const { standing } = useBook();
  const nowMs = useNow();
  const known = standingOn(standing, day);
  if (!known?.rank) return null;
  const { place, of } = known.rank;
  return (
    <section aria-label={say("rank.title")} data-rank={place} className="flex flex-wrap items-baseline justify-between gap-x-3 border border-line bg-sheet px-4 py-2">
      <h2 className="text-quiet">{say("rank.title")}</h2>
      <p className="text-lg font-semibold">{say("rank.place", { place, of })}</p>
      <p className="w-full text-sm text-quiet">{say("rank.at", { time: momentWords(new Date(known.at_ms).toISOString(), language, nowMs) })}</p>
    </section>
  );
}
