/** The list of customers: searched while one types, filtered, and as long as the book is. */
import { UserPlus } from "lucide-react";
import { useRef, useState } from "react";
import { Link, useLocation } from "wouter";

import { count } from "../../ui/numbers";
import { useAnswer } from "../book/useAnswer";
import { useBook } from "../book/BookContext";
import { buttonClass } from "../ui/buttonClass";
import { Empty } from "../ui/Empty";
import { useSay } from "../words/useSay";
import { type Asked, keepAsked, lastAsked } from "./listState";
import { FilterChips } from "./FilterChips";
import { InitialRail } from "./InitialRail";
import { CHUNK_ROWS, chunksOf, RowChunk } from "./RowChunk";
import { SearchBox } from "./SearchBox";

/** Below so many a rail is longer than the list. */
const RAIL_FROM = 30;

/** The list. */
export function CustomerList({ chosen }: { chosen?: string | undefined }) {
  const { say, language } = useSay();
  const { book, status } = useBook();
  const [, go] = useLocation();
  const [asked, setAsked] = useState(lastAsked);
  const rows = useRef<HTMLDivElement>(null);
  const question = { text: asked.text, ...(asked.filter ? { filter: asked.filter } : {}) };
  // The very question that the first rows ask: one answer for both.
  const first = useAnswer("customers", { ...question, offset: 0, limit: CHUNK_ROWS });
  const ask = (next: Asked) => {
    setAsked(next);
    keepAsked(next);
  };
  const openFirst = async () => {
    const found = await book.call("customers", { ...question, offset: 0, limit: 1 });
    const row = found.rows[0];
    if (row) go(`/customers/${row.id}`);
  };
  const total = first.value?.total;
  // During the first download nobody knows yet that there is none.
  const isEmpty = total === 0 && !status?.download;
  const isAll = asked.text === "" && asked.filter === null;
  return (
    <div className="grid content-start gap-3">
      <SearchBox text={asked.text} onChange={(text) => ask({ ...asked, text })} onEnter={() => void openFirst()} />
      <FilterChips value={asked.filter} onChange={(filter) => ask({ ...asked, filter })} />
      {isAll && total !== undefined && total >= RAIL_FROM && <InitialRail total={total} rows={rows} />}
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p role="status" data-total={total} className="text-sm text-quiet">
          {total === undefined ? "" : say("customers.number", { n: total, number: count(total, language) })}
        </p>
        <Link href="/new-customer" className={buttonClass("quiet")}>
          <UserPlus aria-hidden className="size-5" />
          {say("customers.add")}
        </Link>
      </div>
      {isEmpty && <Empty words={say(isAll ? "customers.empty" : "customers.none-found")} />}
      <div ref={rows} role="list" aria-label={say("nav.customers")}>
        {chunksOf(total ?? 0).map(({ offset, length }) => (
          <RowChunk key={offset} question={question} offset={offset} length={length} chosen={chosen} />
        ))}
      </div>
    </div>
  );
}
