/** The policies behind a rep's figures, and what they make together. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { type ReactNode, useEffect, useMemo } from "react";

import { useWords } from "../../messages/useWords";
import type { Figures } from "../../sdk/liveFigures";
import { type Column, DataTable } from "../../ui/DataTable";
import { SumCheck } from "../../ui/SumCheck";
import { Failed } from "../frame/Failed";
import type { Place } from "../frame/UnitPage";
import { policiesQuery } from "../queries";
import { RowLink } from "../RowLink";
import { sumCells, sumColumns } from "../sumColumns";
import { sumOf } from "../sums";
import type { PolicyRow } from "../types";
import { useTypeName } from "../useTypeName";
import { shortId } from "./names";

interface Props {
  readonly place: Place;
  readonly figures: Figures;
  readonly sort: string | undefined;
  readonly onSort: (sort: string) => void;
}

const keyOf = (row: PolicyRow) => `${row.policy} ${row.business_date}`;

/** The table of policies. */
export function PolicyList({ place, figures, sort, onSort }: Props) {
  const { say } = useWords();
  const { unit, period } = place;
  const { total } = figures;
  // Other figures mean other policies: they are asked for again.
  const state = `${total.net} ${total.sold} ${total.premium_net_won} ${total.ape_net_won} ${total.lapsed}`;
  const policies = useQuery({ ...policiesQuery(unit, period, state), placeholderData: keepPreviousData });
  const columns = useColumns(place);
  if (policies.isError) {
    return <Failed error={policies.error} unit={unit} again={() => void policies.refetch()} />;
  }
  if (policies.isPending) return <div role="status" className="h-40 animate-pulse bg-well" aria-label={say("state.loading")} />;
  const { rows } = policies.data;
  const sum = sumOf(rows);
  const whole = policies.isPlaceholderData ? policies.data.total : total;
  const sums: Record<string, ReactNode> = { policy: say("sum.title"), ...sumCells(sum) };
  return (
    <section className="bg-sheet" aria-label={say("policies.title")}>
      {rows.length === 0 ? (
        <p className="p-6 text-quiet">{say("policies.empty")}</p>
      ) : (
        <DataTable
          label={say("policies.title")}
          columns={columns}
          rows={rows}
          rowKey={keyOf}
          isPlain
          rowState={(row) => `${row.net} ${row.premium_net_won}`}
          sort={sort ?? "-date"}
          onSort={onSort}
          footer={(column) => sums[column.id]}
        />
      )}
      <div className="border-t px-3 py-2">
        <SumCheck
          howMany={rows.length}
          rows={{ net: sum.net, won: sum.premium_net_won }}
          whole={{ net: whole.net, won: whole.premium_net_won }}
        />
      </div>
    </section>
  );
}

function useColumns({ unit, period }: Place): Column<PolicyRow>[] {
  const { say } = useWords();
  const typeName = useTypeName();
  const router = useRouter();
  // What a policy's page is made of comes while one looks at the list.
  useEffect(() => void router.loadRouteChunk(router.routesByPath["/policy/$policy"]), [router]);
  const search = router.options.stringifySearch({ unit, from: period.from, to: period.to });
  const sums = useMemo(() => sumColumns(say), [say]);
  return useMemo<Column<PolicyRow>[]>(
    () => [
      {
        id: "policy",
        words: say("policies.policy"),
        width: "minmax(9rem, 1.5fr)",
        isText: true,
        value: (row) => row.policy,
        cell: (row) => (
          <RowLink href={`/policy/${encodeURIComponent(row.policy)}${search}`} mark={row.policy}>
            {shortId(row.policy)}
          </RowLink>
        ),
      },
      {
        id: "product",
        words: say("policies.product"),
        width: "minmax(8rem, 2fr)",
        isText: true,
        value: (row) => row.product_name,
        cell: (row) => (
          <span>
            {row.product_name} <span className="text-[0.85em] text-quiet">{typeName(row.type)}</span>
          </span>
        ),
      },
      {
        id: "date",
        words: say("policies.date"),
        width: "minmax(6.5rem, 1fr)",
        isText: true,
        value: (row) => row.business_date,
        cell: (row) => row.business_date,
      },
      sums.net,
      sums.premium,
      sums.ape,
    ],
    [say, sums, typeName, search],
  );
}
