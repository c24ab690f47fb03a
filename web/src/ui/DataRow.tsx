/** A row of a table. */
import type { Column } from "./DataTable";
import { usePulse } from "./usePulse";

/** The row; it lights up when its state is another one. */
export function DataRow<Row>(props: {
  row: Row;
  index: number;
  columns: readonly Column<Row>[];
  state: string;
  measure: (element: HTMLElement | null) => void;
}) {
  const place = usePulse<HTMLDivElement>(props.state);
  return (
    <div
      role="row"
      aria-rowindex={props.index + 2}
      data-index={props.index}
      className="table-row table-body"
      ref={(element) => {
        place.current = element;
        props.measure(element);
      }}
    >
      {props.columns.map((column) => (
        <div
          key={column.id}
          role="cell"
          data-column={column.id}
          data-label={column.words}
          data-text={column.isText || undefined}
        >
          {column.cell(props.row)}
        </div>
      ))}
    </div>
  );
}
