/** The hub's own work: when it was last done, how long it took, and what went wrong. */
import { useMemo } from "react";

import { useWords } from "../../../messages/useWords";
import type { Job } from "../../../sdk/administration";
import { type Column, DataTable } from "../../../ui/DataTable";
import { count } from "../../../ui/numbers";
import { StateMark } from "../../../ui/StateMark";
import { Seen } from "../Seen";

/** The table. */
export function JobTable({ jobs }: { jobs: readonly Job[] }) {
  const { say, language } = useWords();
  const columns = useMemo<Column<Job>[]>(
    () => [
      {
        id: "job",
        words: say("health.job"),
        width: "minmax(10rem, 1.2fr)",
        isText: true,
        value: (row) => row.job,
        cell: (row) => row.job,
      },
      {
        id: "last",
        words: say("health.last"),
        width: "minmax(9rem, 1fr)",
        isText: true,
        value: (row) => row.last_ms ?? 0,
        cell: (row) => <Seen ms={row.last_ms} />,
      },
      {
        id: "took",
        words: say("health.took"),
        width: "minmax(5rem, 0.6fr)",
        value: (row) => row.took_ms ?? -1,
        cell: (row) => (row.took_ms == null ? "·" : say("health.ms", { ms: count(row.took_ms, language) })),
      },
      {
        id: "outcome",
        words: say("health.outcome"),
        width: "minmax(6rem, 0.7fr)",
        isText: true,
        value: (row) => row.outcome ?? "",
        cell: (row) =>
          row.outcome == null ? (
            <StateMark tone="plain" words={say("health.not-yet")} />
          ) : (
            <StateMark
              tone={row.outcome === "done" ? "good" : "bad"}
              words={say(row.outcome === "done" ? "health.done" : "health.failed")}
            />
          ),
      },
      {
        id: "trouble",
        words: say("health.trouble"),
        width: "minmax(10rem, 2fr)",
        isText: true,
        value: (row) => row.trouble ?? "",
        cell: (row) => row.trouble ?? "",
      },
    ],
    [say, language],
  );
  return (
    <div className="bg-sheet">
      <DataTable label={say("health.jobs")} columns={columns} rows={jobs} rowKey={(row) => row.job} />
    </div>
  );
}
