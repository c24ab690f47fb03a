/** The policies behind a rep's figures, and what they make together. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";

import { useWords } from "../../messages/useWords";
import type { Figures } from "../../sdk/liveFigures";
import { Count } from "../../ui/Count";
import { type Column, DataTable } from "../../ui/DataTable";
import { SumCheck } from "../../ui/SumCheck";
import { Won } from "../../ui/Won";
import { Failed } from "../frame/Failed";
import type { Place } from "../frame/UnitPage";
import { policiesQuery } from "../queries";
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
  const sums: Record<string, React.ReactNode> = {
    policy: say("sum.title"),
    net: <Count value={sum.net} />,
    premium: <Won value={sum.premium_net_won} />,
    ape: <Won value={sum.ape_net_won} />,
  };
  return (
    <section className="bg-sheet" aria-label={say("policies.title")}>
      {rows.length === 0 ? (
        <p className="p-6 text-quiet">{say("policies.empty")}</p>
      ) : (
        <DataTable
          label={say("policies.title")}
          columns={columns}
          rows={rows}
          rowKey={(row) => `${row.policy} ${row.business_date}`}
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
  return useMemo(
    () => [
      {
        id: "policy",
        words: say("policies.policy"),
        width: "minmax(9rem, 1.5fr)",
        isText: true,
        value: (row) => row.policy,
        cell: (row) => (
          <Link
            to="/policy/$policy"
            params={{ policy: row.policy }}
            search={{ unit, from: period.from, to: period.to }}
            data-row-link={row.policy}
            className="inline-block min-h-6 underline decoration-line underline-offset-4 hover:decoration-current"
          >
            {shortId(row.policy)}
          </Link>
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
      {
        id: "net",
        words: say("metric.net"),
        definition: say("metric.net.means"),
        width: "minmax(3.5rem, 0.7fr)",
        value: (row) => row.net,
        cell: (row) => <Count value={row.net} />,
      },
      {
        id: "premium",
        words: say("metric.premium"),
        definition: say("metric.premium.means"),
        width: "minmax(7rem, 1.2fr)",
        value: (row) => row.premium_net_won,
        cell: (row) => <Won value={row.premium_net_won} />,
      },
      {
        id: "ape",
        words: say("metric.ape"),
        definition: say("metric.ape.means"),
        width: "minmax(7rem, 1.2fr)",
        value: (row) => row.ape_net_won,
        cell: (row) => <Won value={row.ape_net_won} />,
      },
    ],
    [say, typeName, unit, period],
  );
}
