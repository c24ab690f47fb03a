/** The head of a column: its name, its order, its meaning. */
import { Button, TooltipTrigger } from "react-aria-components";

import type { Column } from "./DataTable";
import { Definition } from "./Term";

/** The head; pressing it sorts. */
export function HeaderCell<Row>(props: { column: Column<Row>; sort: string; onSort: (sort: string) => void }) {
  const { column, sort } = props;
  const isDescending = sort === `-${column.id}`;
  const isSorted = isDescending || sort === column.id;
  const order = !isSorted ? "none" : isDescending ? "descending" : "ascending";
  // Numbers are looked at from the largest on, names from the first.
  const first = column.isText ? column.id : `-${column.id}`;
  const other = column.isText ? `-${column.id}` : column.id;
  const press = () => props.onSort(sort === first ? other : first);
  // On the far side of the words, so that they stand over their numbers.
  const arrow = isSorted && (
    <span aria-hidden className="mx-1">
      {isDescending ? "↓" : "↑"}
    </span>
  );
  return (
    <div role="columnheader" aria-sort={order} data-text={column.isText || undefined}>
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
