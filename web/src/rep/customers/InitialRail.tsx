/** Initials that lead to where their names begin. */
import type { RefObject } from "react";

import { useBook } from "../book/BookContext";
import { useSay } from "../words/useSay";
import { firstAt, INITIALS } from "./initials";
import { rowPx } from "./RowChunk";

/** The rail; it stays in sight while one scrolls. */
export function InitialRail({ total, rows }: { total: number; rows: RefObject<HTMLDivElement | null> }) {
  const { say } = useSay();
  const { book } = useBook();
  const nameAt = async (offset: number) => {
    const page = await book.call("customers", { text: "", offset, limit: 1 });
    return page.rows[0]?.name ?? "";
  };
  const go = async (initial: number) => {
    const place = rows.current;
    if (!place) return;
    const index = await firstAt(initial, total, nameAt);
    const top = place.getBoundingClientRect().top + window.scrollY;
    // What stays in sight above is about two rows high.
    window.scrollTo({ top: top + (index - 2) * rowPx() });
  };
  return (
    <div role="group" aria-label={say("customers.rail")} className="below-head sticky top-0 z-10 -mx-4 flex overflow-x-auto border-b border-line bg-page px-2">
      {INITIALS.map((initial, place) => (
        <button key={initial} type="button" data-initial={initial} className="size-12 shrink-0 rounded-sm text-accent active:bg-well" onClick={() => void go(place)}>
          {initial}
        </button>
      ))}
    </div>
  );
}
