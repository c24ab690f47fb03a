/** The rows of a table: only those on the screen are drawn, all of them on paper. */
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useLayoutEffect, useRef, useState } from "react";

import { DataRow } from "./DataRow";
import type { Column } from "./DataTable";
import { RowSlots } from "./rowSlots";
import { RowWatch } from "./rowWatch";
import { usePrinting } from "./usePrinting";
import { useRowHeight } from "./useRowHeight";

/** Rows drawn beyond the screen on either side: enough for the next turn of a wheel, and each costs its frame. */
const OVERSCAN = 4;

interface Props<Row> {
  readonly columns: readonly Column<Row>[];
  /** In their order; another list where any of them is another one. */
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly rowState?: ((row: Row) => string) | undefined;
  readonly isPlain: boolean;
}

/** The rows, and room for those that are not drawn. Scrolling draws this again, and not the table around it. */
export function TableRows<Row>({ columns, rows, rowKey, rowState, isPlain }: Props<Row>) {
  const place = useRef<HTMLDivElement>(null);
  const [marginPx, setMargin] = useState(0);
  const isPrinting = usePrinting();
  const rowPx = useRowHeight(place);
  useLayoutEffect(() => {
    const top = place.current?.getBoundingClientRect().top ?? 0;
    setMargin(Math.round(top + window.scrollY));
  }, [rows.length]);
  // Another function here means that the room of all rows is summed up again.
  const keyAt = useCallback((index: number) => rowKey(rows[index] as Row), [rows, rowKey]);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowPx,
    overscan: OVERSCAN,
    scrollMargin: marginPx,
    getItemKey: keyAt,
  });
  // Rows of another height: what was seen of others is out of date, too.
  useLayoutEffect(() => virtual.measure(), [virtual, rowPx]);
  const [watch] = useState(() => new RowWatch(virtual.resizeItem));
  const [slots] = useState(() => new RowSlots());
  const drawn = isPrinting ? rows.map((_, index) => ({ index, start: 0, end: 0 })) : virtual.getVirtualItems();
  const above = isPrinting ? 0 : (drawn[0]?.start ?? marginPx) - marginPx;
  const below = isPrinting ? 0 : virtual.getTotalSize() - ((drawn.at(-1)?.end ?? marginPx) - marginPx);
  const taken = isPlain && !isPrinting ? slots.over(drawn[0]?.index ?? 0, drawn.length) : null;
  return (
    <div role="rowgroup" ref={place}>
      <Space px={above} />
      {drawn.map(({ index }, position) => {
        const row = rows[index] as Row;
        const id = rowKey(row);
        return (
          <DataRow
            key={taken?.[position] ?? id}
            id={id}
            row={row}
            index={index}
            columns={columns}
            state={rowState?.(row) ?? ""}
            watch={watch}
            usualPx={rowPx}
          />
        );
      })}
      <Space px={below} />
    </div>
  );
}

/** Room for rows that are not drawn. */
function Space({ px }: { px: number }) {
  if (px <= 0) return null;
  return <div role="presentation" ref={(space) => space?.style.setProperty("height", `${px}px`)} />;
}
