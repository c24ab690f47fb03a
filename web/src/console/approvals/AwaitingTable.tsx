/** What waits, and the button that approves. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";

import { useWords } from "../../messages/useWords";
import { api, told } from "../../sdk/browser";
import { Problem } from "../../sdk/problem";
import { Button } from "../../ui/Button";
import { type Column, DataTable } from "../../ui/DataTable";
import { Note } from "../../ui/Note";
import { ProblemNote } from "../../ui/ProblemNote";
import { Won } from "../../ui/Won";
import { mayOrder } from "../mayOrder";
import { shortId } from "../policies/names";
import type { Awaiting, Me } from "../types";

/** The table; who may not approve sees it without buttons. */
export function AwaitingTable({ rows, me }: { rows: readonly Awaiting[]; me: Me }) {
  const { say } = useWords();
  const client = useQueryClient();
  const { mutate, isPending, variables, data, error } = useMutation({
    mutationFn: (policy: string) => told(api.POST("/api/v1/approvals", { body: { policy } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["approvals"] }),
  });
  const busy = isPending ? variables : null;
  const columns = useColumns(mayOrder(me) ? mutate : null, busy);
  return (
    <div className="grid grid-cols-1 gap-3">
      {error && <ProblemNote problem={Problem.from(error)} />}
      {data && (
        <Note tone={data.counts ? "good" : "warn"}>
          {say(data.counts ? "approvals.counts" : "approvals.counts-not", {
            policy: shortId(data.policy),
            date: data.sale_date,
          })}
        </Note>
      )}
      {rows.length === 0 ? (
        <p className="bg-sheet p-6 text-quiet" data-empty="">
          {say("approvals.empty")}
        </p>
      ) : (
        <div className="bg-sheet">
          <DataTable label={say("approvals.title")} columns={columns} rows={rows} rowKey={(row) => row.policy} />
        </div>
      )}
    </div>
  );
}

function useColumns(approve: ((policy: string) => void) | null, busy: string | null): Column<Awaiting>[] {
  const { say } = useWords();
  return useMemo(() => {
    const columns: Column<Awaiting>[] = [
      {
        id: "policy",
        words: say("policies.policy"),
        width: "minmax(7rem, 1fr)",
        isText: true,
        value: (row) => row.policy,
        cell: (row) => (
          <Link
            to="/policy/$policy"
            params={{ policy: row.policy }}
            data-row-link={row.policy}
            className="inline-block min-h-6 underline decoration-line underline-offset-4 hover:decoration-current"
          >
            {shortId(row.policy)}
          </Link>
        ),
      },
      {
        id: "rep",
        words: say("approvals.rep"),
        width: "minmax(8rem, 1.4fr)",
        isText: true,
        value: (row) => row.name,
        cell: (row) => (
          <span>
            {row.name} <span className="text-quiet">{row.rep}</span>
          </span>
        ),
      },
      {
        id: "product",
        words: say("policies.product"),
        width: "minmax(5rem, 1fr)",
        isText: true,
        value: (row) => row.product ?? "",
        cell: (row) => row.product ?? "·",
      },
      {
        id: "date",
        words: say("policies.date"),
        width: "minmax(6.5rem, 1fr)",
        isText: true,
        value: (row) => row.sale_date,
        cell: (row) => <strong className="font-semibold">{row.sale_date}</strong>,
      },
      {
        id: "recorded",
        words: say("approvals.recorded"),
        width: "minmax(6.5rem, 1fr)",
        isText: true,
        value: (row) => row.recorded_on,
        cell: (row) => row.recorded_on,
      },
      {
        id: "premium",
        words: say("metric.premium"),
        width: "minmax(6rem, 1fr)",
        value: (row) => row.premium_won ?? 0,
        cell: (row) => (row.premium_won == null ? "·" : <Won value={row.premium_won} />),
      },
      {
        id: "problems",
        words: say("approvals.problems"),
        width: "minmax(6rem, 1fr)",
        isText: true,
        value: (row) => row.problems.join(" "),
        cell: (row) => (row.problems.length === 0 ? "·" : <span className="text-warn">{row.problems.join(", ")}</span>),
      },
    ];
    if (!approve) return columns;
    const button: Column<Awaiting> = {
      id: "approve",
      words: say("approvals.approve"),
      width: "minmax(6rem, 0.8fr)",
      value: () => "",
      cell: (row) => (
        <Button
          aria-label={say("approvals.approve-this", { name: row.name, date: row.sale_date })}
          isPending={busy === row.policy}
          isDisabled={busy !== null}
          onPress={() => approve(row.policy)}
        >
          {say("approvals.approve")}
        </Button>
      ),
    };
    return [...columns, button];
  }, [say, approve, busy]);
}
