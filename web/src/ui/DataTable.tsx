/**
 * A table of many rows: sorted by its columns, only what is on the screen is drawn, all of it on paper. Where there is
 * no room for columns, a row becomes a small block of named values.
 */
import {
  type ColumnDef,
  createSortedRowModel,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { type ReactNode, useMemo } from "react";

import { HeaderCell } from "./HeaderCell";
import { TableRows } from "./TableRows";

/** A column. */
export interface Column<Row> {
  readonly id: string;
  /** Its name. */
  readonly words: string;
  /** What it means, where that needs words. */
  readonly definition?: string;
  /** Its share of the width, as a grid track. */
  readonly width: string;
  /** What rows are sorted by. */
  readonly value: (row: Row) => string | number;
  /** What is shown. */
  readonly cell: (row: Row) => ReactNode;
  /** Whether it is a name or a word, and stands left. */
  readonly isText?: boolean;
}

/** What a table is made of. */
export interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** Changes where the row lights up. */
  readonly rowState?: (row: Row) => string;
  /**
   * Whether its cells are words, numbers and links alone, with nothing of their own to remember. Then a row that scrolls
   * out of sight leaves its elements to the one that comes, which is several times as fast as making new ones.
   */
  readonly isPlain?: boolean;
  /** The column in order, `-` before it for the other way round; rows stay as they come where this is left out. */
  readonly sort?: string;
  readonly onSort?: (sort: string) => void;
  /** The last row: the sum. */
  readonly footer?: (column: Column<Row>) => ReactNode;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

/** So many columns stand side by side on a phone, too. */
const FEW_COLUMNS = 3;
/** The table. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { columns } = props;
  const sorted = useSorted(props);
  const tracks = columns.map(({ width }) => width).join(" ");
  return (
    <div className="table-box">
      <div
        role="table"
        className={columns.length > FEW_COLUMNS ? "table-wide" : "table-few"}
        aria-label={props.label}
        aria-rowcount={sorted.length + 1}
        data-still={props.onSort ? undefined : ""}
        ref={(table) => table?.style.setProperty("--tracks", tracks)}
      >
        <div role="rowgroup">
          <div role="row" className="table-row table-head" aria-rowindex={1}>
            {columns.map((column) => (
              <HeaderCell key={column.id} column={column} {...orderOf(props)} />
            ))}
          </div>
        </div>
        <TableRows columns={columns} rows={sorted} rowKey={props.rowKey} rowState={props.rowState} isPlain={props.isPlain ?? false} />
        {props.footer && (
          <div role="rowgroup">
            <div role="row" className="table-row table-body table-foot" aria-rowindex={sorted.length + 2}>
              {columns.map((column) => (
                <div key={column.id} role="cell" data-label={column.words} data-text={column.isText || undefined}>
                  {props.footer?.(column)}
                </div>
              ))}
            </div>
          </div>
        )}
      </div>
    </div>
  );
}

/** How rows are in order, where that can be chosen. */
function orderOf<Row>({ sort, onSort }: DataTableProps<Row>) {
  return sort !== undefined && onSort ? { order: { sort, onSort } } : {};
}

function useSorted<Row extends object>({ columns, rows, sort }: DataTableProps<Row>): readonly Row[] {
  const definitions = useMemo(
    () =>
      columns.map(
        ({ id, value }): ColumnDef<typeof features, Row> => ({
          id,
          accessorFn: value,
          sortFn: (left, right, column) => compare(left.getValue(column), right.getValue(column)),
        }),
      ),
    [columns],
  );
  const sorting = useMemo(
    (): SortingState => (sort ? [{ id: sort.replace(/^-/, ""), desc: sort.startsWith("-") }] : []),
    [sort],
  );
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    state: { sorting },
    onSortingChange: () => undefined,
  });
  const inOrder = table.getRowModel().rows;
  return useMemo(() => inOrder.map((row) => row.original), [inOrder]);
}

function compare(left: unknown, right: unknown): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  return String(left).localeCompare(String(right), undefined, { numeric: true });
}
