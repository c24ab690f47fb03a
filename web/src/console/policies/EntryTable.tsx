/** Entries of the ledger, each with the edit that caused it. */
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import { useWords } from "../../messages/useWords";
import { Count } from "../../ui/Count";
import { type Column, DataTable } from "../../ui/DataTable";
import { Won } from "../../ui/Won";
import { momentIn } from "../days";
import type { PolicySearch } from "../router";
import type { PolicyEntry } from "../types";
import { editKey } from "./names";
import { useKindName } from "./useKindName";

interface Props {
  readonly entries: readonly PolicyEntry[];
  readonly policy: string;
  readonly search: PolicySearch;
  readonly zone: string;
}

/** The table of entries. */
export function EntryTable({ entries, policy, search, zone }: Props) {
  const { say } = useWords();
  const kindName = useKindName();
  const [sort, setSort] = useState("kind");
  const columns = useMemo(
    (): Column<PolicyEntry>[] => [
      {
        id: "kind",
        words: say("entry.kind"),
        width: "minmax(8rem, 1.4fr)",
        isText: true,
        value: (entry) => entry.arrived_ms,
        cell: (entry) => {
          const words = kindName(entry.kind);
          if (!entry.cause.by) return words;
          return (
            <Link
              to="/policy/$policy/edit/$change"
              params={{ policy, change: editKey(entry.cause) }}
              search={search}
              data-row-link={entry.number}
              className="inline-block min-h-6 underline decoration-line underline-offset-4 hover:decoration-current"
            >
              {words}
            </Link>
          );
        },
      },
      {
        id: "date",
        words: say("entry.date"),
        width: "minmax(6.5rem, 1fr)",
        isText: true,
        value: (entry) => entry.business_date,
        cell: (entry) => entry.business_date,
      },
      {
        id: "unit",
        words: say("entry.unit"),
        width: "minmax(7rem, 1.2fr)",
        isText: true,
        value: (entry) => entry.unit_path.branch,
        cell: ({ unit_path: { region, branch, rep } }) => `${region} / ${branch} / ${rep}`,
      },
      {
        id: "arrived",
        words: say("entry.arrived"),
        width: "minmax(9rem, 1.4fr)",
        isText: true,
        value: (entry) => entry.arrived_ms,
        cell: (entry) => (
          <span>
            {momentIn(zone, entry.arrived_ms)}
            <span className="ml-2 text-quiet">{entry.cause.by ?? say("edit.rules")}</span>
          </span>
        ),
      },
      {
        id: "net",
        words: say("metric.net"),
        width: "minmax(3.5rem, 0.6fr)",
        value: (entry) => entry.count,
        cell: (entry) => <Count value={entry.count} />,
      },
      {
        id: "premium",
        words: say("metric.premium"),
        width: "minmax(7rem, 1.2fr)",
        value: (entry) => entry.won,
        cell: (entry) => <Won value={entry.won} />,
      },
    ],
    [say, kindName, policy, search, zone],
  );
  if (entries.length === 0) return <p className="p-6 text-quiet">{say("policy.no-entries")}</p>;
  return (
    <DataTable
      label={say("policy.entries")}
      columns={columns}
      rows={entries}
      rowKey={(entry) => `${entry.book} ${entry.number}`}
      sort={sort}
      onSort={setSort}
    />
  );
}
