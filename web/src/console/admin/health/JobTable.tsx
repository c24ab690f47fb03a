/** The hub's own work: when it was last done, how long it took, what went wrong, and doing that again. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

import { useWords } from "../../../messages/useWords";
import { type Job, runJob } from "../../../sdk/administration";
import { Problem } from "../../../sdk/problem";
import { Button } from "../../../ui/Button";
import { type Column, DataTable } from "../../../ui/DataTable";
import { Note } from "../../../ui/Note";
import { count } from "../../../ui/numbers";
import { ProblemNote } from "../../../ui/ProblemNote";
import { StateMark } from "../../../ui/StateMark";
import { Seen } from "../Seen";

/** The table. */
export function JobTable({ jobs }: { jobs: readonly Job[] }) {
  const { say, language } = useWords();
  const client = useQueryClient();
  const ordering = useMutation({
    mutationFn: runJob,
    onSuccess: () => client.invalidateQueries({ queryKey: ["health"] }),
  });
  const { mutate: order, isPending } = ordering;
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
      {
        id: "run",
        words: say("health.run"),
        width: "minmax(6rem, 0.7fr)",
        value: () => "",
        cell: (row) =>
          row.outcome === "failed" && (
            <Button
              variant="quiet"
              className="underline underline-offset-4"
              aria-label={say("health.run-this", { job: row.job })}
              isPending={isPending}
              onPress={() => order(row.job)}
            >
              {say("health.run")}
            </Button>
          ),
      },
    ],
    [say, language, order, isPending],
  );
  return (
    <div className="bg-sheet">
      {ordering.isError && <ProblemNote problem={Problem.from(ordering.error)} />}
      {ordering.data && <Note tone="good">{say("health.ordered", { job: ordering.data.job })}</Note>}
      <DataTable label={say("health.jobs")} columns={columns} rows={jobs} rowKey={(row) => row.job} />
    </div>
  );
}
