/** A list that is fetched page by page. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import type { Page } from "../../sdk/administration";
import type { Query } from "../../sdk/address";

/** Rows of a page. */
const PAGE_ROWS = 500;

/** The rows so far, and the rest on request; another question begins anew. */
export function usePages<Row>(name: string, question: Query, ask: (query: Query) => Promise<Page<Row>>) {
  const query = useInfiniteQuery({
    queryKey: [name, question],
    queryFn: ({ pageParam }) => ask({ ...question, limit: PAGE_ROWS, after: pageParam }),
    initialPageParam: undefined as string | number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    // Rows of the question before stay until the new ones are there; that there were none says nothing of those.
    placeholderData: (before) => (before?.pages[0]?.rows.length ? before : undefined),
  });
  const pages = query.data?.pages;
  const data = useMemo(
    () => pages && { rows: pages.flatMap((page) => page.rows), total: pages[0]?.total },
    [pages],
  );
  return { ...query, data };
}
