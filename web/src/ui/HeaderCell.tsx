/** The head of a column: its name, its order, its meaning. */
import { Button, TooltipTrigger } from "react-aria-components";

import type { Column } from "./DataTable";
import { Definition, Term } from "./Term";

/** How the rows are in order, and how to change that. */
interface RowOrder {
  readonly sort: string;
  readonly onSort: (sort: string) => void;
}

/** The head; pressing it sorts, where rows can be sorted. */
export function HeaderCell<Row>({ column, order }: { column: Column<Row>; order?: RowOrder }) {
  if (order) return <SortingHead column={column} order={order} />;
  return (
    <div role="columnheader" data-text={column.isText || undefined}>
      {column.definition ? <Term words={column.words} definition={column.definition} /> : column.words}
    </div>
  );
}

function SortingHead<Row>({ column, order: { sort, onSort } }: { column: Column<Row>; order: RowOrder }) {
  const isDescending = sort === `-${column.id}`;
  const isSorted = isDescending || sort === column.id;
  const sorted = !isSorted ? "none" : isDescending ? "descending" : "ascending";
  // Numbers are looked at from the largest on, names from the first.
  const first = column.isText ? column.id : `-${column.id}`;
  const other = column.isText ? `-${column.id}` : column.id;
  const press = () => onSort(sort === first ? other : first);
  // On the far side of the words, so that they stand over their numbers.
  const arrow = isSorted && (
    <span aria-hidden className="mx-1">
      {isDescending ? "↓" : "↑"}
    </span>
  );
  return (
    <div role="columnheader" aria-sort={sorted} data-text={column.isText || undefined}>
      <TooltipTrigger delay={300}>
        <Button onPress={press} className="min-h-6 rounded-sm px-1 -mx-1 hover:bg-well">
          {!column.isText && arrow}
          {column.words}
          {column.isText && arrow}
        </Button>
        {column.definition && <Definition words={column.definition} />}
      </TooltipTrigger>
    </div>
  );
}
