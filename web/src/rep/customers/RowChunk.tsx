/** Some rows of the list; they are asked for and drawn when they come near the screen. */
import { useDeferredValue, useEffect, useRef, useState } from "react";

import { useAnswer } from "../book/useAnswer";
import type { Calls } from "../engine/contract";
import { CustomerRowLink } from "./CustomerRowLink";

/** Rows asked for at once. */
export const CHUNK_ROWS = 30;
/** Rows that a phone shows without scrolling. */
const IN_SIGHT = 12;
/** The height of a row in root em, as `h-20` has it. */
const ROW_REM = 5;
/** Rows this near are drawn already. */
const NEAR = "800px 0px";

type Question = Pick<Parameters<Calls["customers"]>[0], "text" | "filter">;

/** The height of a row in pixels. */
export function rowPx(): number {
  return ROW_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** Where chunks begin and how long they are. */
export function chunksOf(total: number): { offset: number; length: number }[] {
  return Array.from({ length: Math.ceil(total / CHUNK_ROWS) }, (_, number) => ({
    offset: number * CHUNK_ROWS,
    length: Math.min(CHUNK_ROWS, total - number * CHUNK_ROWS),
  }));
}

interface Props {
  readonly question: Question;
  readonly offset: number;
  readonly length: number;
  readonly chosen: string | undefined;
}

/** The room of the rows, and the rows once it is near. */
export function RowChunk({ question, offset, length, chosen }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [isNear, setNear] = useState(offset === 0);
  useEffect(() => {
    const room = place.current;
    if (!room) return;
    room.style.setProperty("height", `${length * ROW_REM}rem`);
    const watcher = new IntersectionObserver((seen) => setNear(seen.some((one) => one.isIntersecting)), { rootMargin: NEAR });
    watcher.observe(room);
    return () => watcher.disconnect();
  }, [length]);
  return (
    <div ref={place} role="presentation">
      {isNear && <Rows question={question} offset={offset} chosen={chosen} />}
    </div>
  );
}

function Rows({ question, offset, chosen }: Omit<Props, "length">) {
  const { value } = useAnswer("customers", { ...question, offset, limit: CHUNK_ROWS });
  // Those in sight are painted first.
  const shown = useDeferredValue(value, value && { ...value, rows: value.rows.slice(0, IN_SIGHT) });
  return shown?.rows.map((row) => <CustomerRowLink key={row.id} row={row} isChosen={row.id === chosen} />);
}
