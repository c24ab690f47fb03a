/** A row of a table. */
import { memo, useLayoutEffect } from "react";

import type { Column } from "./DataTable";
import type { RowWatch } from "./rowWatch";
import { usePulse } from "./usePulse";

interface Props<Row> {
  /** Names the row among all of its table. */
  readonly id: string;
  readonly row: Row;
  readonly index: number;
  readonly columns: readonly Column<Row>[];
  readonly state: string;
  readonly watch: RowWatch;
  /** How high rows are as a rule. */
  readonly usualPx: number;
}

/** The row; it lights up when its state is another one, and is drawn again when anything of it is. */
export const DataRow = memo(Row) as typeof Row;

function Row<Shown>({ id, row, index, columns, state, watch, usualPx }: Props<Shown>) {
  const place = usePulse<HTMLDivElement>(state, id);
  useLayoutEffect(() => {
    if (place.current) watch.show(place.current, usualPx);
  }, [place, watch, id, usualPx]);
  useLayoutEffect(() => {
    const element = place.current;
    return () => {
      // What had the focus is not on the screen any more: a key must not reach the row that comes in its place.
      const focused = document.activeElement;
      if (focused instanceof HTMLElement && element?.contains(focused)) focused.blur();
    };
  }, [place, id]);
  useLayoutEffect(() => {
    const element = place.current;
    return () => {
      if (element) watch.leave(element);
    };
  }, [place, watch]);
  return (
    <div role="row" aria-rowindex={index + 2} data-index={index} className="table-row table-body" ref={place}>
      {columns.map((column) => (
        <div
          key={column.id}
          role="cell"
          data-column={column.id}
          data-label={column.words}
          data-text={column.isText || undefined}
        >
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}
