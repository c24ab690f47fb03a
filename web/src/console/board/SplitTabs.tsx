/** What the rows of a board are: units, products, types or days. Links, so that each has its address. */
import { Link } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import type { Place } from "../frame/UnitPage";
import type { BoardSearch } from "../router";
import { type Split, SPLITS } from "./split";

/** The links. */
export function SplitTabs({ place, search }: { place: Place; search: BoardSearch }) {
  const { say } = useWords();
  const own = say(place.below ? `level.${place.below}.many` : "split.policies");
  const tabs: readonly [Split | undefined, string][] = [
    [undefined, own],
    ...SPLITS.map((split): [Split, string] => [split, say(`split.${split}`)]),
  ];
  const { by: now, sort: _sort, ...days } = search;
  return (
    <nav aria-label={say("split.title")} className="mb-2 flex flex-wrap gap-x-5 print:hidden">
      {tabs.map(([split, words]) => (
        <Link
          key={words}
          to="/unit/$unit"
          params={{ unit: place.unit }}
          search={split ? { ...days, by: split } : days}
          resetScroll={false}
          aria-current={split === now ? "true" : undefined}
          className={`min-h-8 border-b-2 pt-1 text-sm no-underline ${
            split === now ? "border-accent font-semibold" : "border-transparent text-quiet hover:text-ink"
          }`}
        >
          {words}
        </Link>
      ))}
    </nav>
  );
}
