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
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useLayoutEffect, useMemo, useRef, useState } from "react";

import { DataRow } from "./DataRow";
import { HeaderCell } from "./HeaderCell";
import { usePrinting } from "./usePrinting";

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
  /** The column in order, `-` before it for the other way round; rows stay as they come where this is left out. */
  readonly sort?: string;
  readonly onSort?: (sort: string) => void;
  /** The last row: the sum. */
  readonly footer?: (column: Column<Row>) => ReactNode;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

/** So many columns stand side by side on a phone, too. */
const FEW_COLUMNS = 3;
/** About the height of a row, before it is measured. */
const ROW_PX = 34;
/** Rows drawn beyond the screen on either side. */
const OVERSCAN = 12;

/** The table. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { columns, rows } = props;
  const sorted = useSorted(props);
  const place = useRef<HTMLDivElement>(null);
  const [marginPx, setMargin] = useState(0);
  const isPrinting = usePrinting();
  useLayoutEffect(() => {
    const top = place.current?.getBoundingClientRect().top ?? 0;
    setMargin(Math.round(top + window.scrollY));
  }, [rows.length]);
  const virtual = useWindowVirtualizer({
    count: sorted.length,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    scrollMargin: marginPx,
    getItemKey: (index) => props.rowKey(sorted[index] as Row),
  });
  const shown = isPrinting
    ? sorted.map((_, index) => ({ index, start: 0, end: 0 }))
    : virtual.getVirtualItems().map(({ index, start, end }) => ({ index, start, end }));
  const above = isPrinting ? 0 : (shown[0]?.start ?? marginPx) - marginPx;
  const below = isPrinting ? 0 : virtual.getTotalSize() - ((shown.at(-1)?.end ?? marginPx) - marginPx);
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
        <div role="rowgroup" ref={place}>
          <Space px={above} />
          {shown.map(({ index }) => {
            const row = sorted[index] as Row;
            return (
              <DataRow
                key={props.rowKey(row)}
                row={row}
                index={index}
                columns={columns}
                state={props.rowState?.(row) ?? ""}
                measure={virtual.measureElement}
              />
            );
          })}
          <Space px={below} />
        </div>
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
  return table.getRowModel().rows.map((row) => row.original);
}

function compare(left: unknown, right: unknown): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  return String(left).localeCompare(String(right), undefined, { numeric: true });
}

/** Room for rows that are not drawn. */
function Space({ px }: { px: number }) {
  if (px <= 0) return null;
  return <div role="presentation" ref={(space) => space?.style.setProperty("height", `${px}px`)} />;
}
