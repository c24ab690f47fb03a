/** What an import or orders would do, or did: the numbers, the rows that cannot be, and every difference. */
import { useMemo } from "react";

import { useWords } from "../../messages/useWords";
import type { MessageId } from "../../messages/words";
import type { Difference, Report, RowProblem } from "../../sdk/administration";
import { Count } from "../../ui/Count";
import { type Column, DataTable } from "../../ui/DataTable";
import { count } from "../../ui/numbers";

const NUMBERS = [
  ["rows", "report.rows"],
  ["new", "report.new"],
  ["changed", "report.changed"],
  ["unchanged", "report.unchanged"],
] as const satisfies readonly (readonly [keyof Report, MessageId])[];

/** The report. */
export function ReportView({ report }: { report: Report }) {
  const { say, language } = useWords();
  const { problems, diff, diff_left_out: leftOut } = report;
  return (
    <div className="grid grid-cols-1 gap-5" data-report={problems.length === 0 ? "clean" : "problems"}>
      <dl className="key-figures border-y border-edge">
        {NUMBERS.map(([field, words]) => (
          <div key={field} className="px-3 py-2" data-count-of={field}>
            <dt className="text-xs text-quiet">{say(words)}</dt>
            <dd className="key-figure-value">
              <Count value={report[field]} />
            </dd>
          </div>
        ))}
      </dl>
      {problems.length > 0 && <Problems rows={problems} />}
      {diff.length > 0 ? (
        <Differences rows={diff} />
      ) : (
        problems.length === 0 && <p className="text-sm text-quiet">{say("report.nothing")}</p>
      )}
      {leftOut !== undefined && leftOut > 0 && (
        <p className="text-sm text-quiet">{say("report.left-out", { number: count(leftOut, language) })}</p>
      )}
    </div>
  );
}

function Problems({ rows }: { rows: readonly RowProblem[] }) {
  const { say } = useWords();
  const columns = useMemo<Column<RowProblem>[]>(
    () => [
      {
        id: "row",
        words: say("report.row"),
        width: "4rem",
        value: (row) => row.row,
        cell: (row) => <Count value={row.row} />,
      },
      {
        id: "problem",
        words: say("report.problem"),
        width: "minmax(10rem, 1fr)",
        isText: true,
        value: (row) => row.problem,
        cell: (row) => (
          <span className="text-bad">
            <span lang="en">{row.problem}</span> {row.code && <span className="text-quiet">({row.code})</span>}
          </span>
        ),
      },
    ],
    [say],
  );
  return (
    <section>
      <h3 className="mb-1 font-semibold">{say("report.problems", { n: rows.length })}</h3>
      <p className="mb-2 text-sm text-quiet">{say("report.problems.means")}</p>
      <div className="bg-sheet">
        <DataTable
          label={say("report.problem")}
          columns={columns}
          rows={rows}
          rowKey={(row) => `${row.row} ${row.problem}`}
        />
      </div>
    </section>
  );
}

function Differences({ rows }: { rows: readonly Difference[] }) {
  const { say } = useWords();
  const numbered = useMemo(() => rows.map((row, index) => ({ ...row, index })), [rows]);
  const columns = useMemo<Column<Difference & { index: number }>[]>(
    () => [
      {
        id: "key",
        words: say("report.key"),
        width: "minmax(6rem, 0.8fr)",
        isText: true,
        value: (row) => row.key,
        cell: (row) => row.key,
      },
      {
        id: "what",
        words: say("report.what"),
        width: "minmax(5rem, 0.7fr)",
        isText: true,
        value: (row) => row.what,
        cell: (row) => row.what,
      },
      {
        id: "before",
        words: say("report.before"),
        width: "minmax(9rem, 2fr)",
        isText: true,
        value: (row) => row.before ?? "",
        cell: (row) => row.before ? <del className="text-quiet">{row.before}</del> : "·",
      },
      {
        id: "after",
        words: say("report.after"),
        width: "minmax(9rem, 2fr)",
        isText: true,
        value: (row) => row.after ?? "",
        cell: (row) => row.after ? <ins className="font-medium no-underline">{row.after}</ins> : "·",
      },
    ],
    [say],
  );
  return (
    <section data-differences={rows.length}>
      <h3 className="mb-2 font-semibold">{say("report.differences")}</h3>
      <div className="bg-sheet">
        <DataTable
          label={say("report.differences")}
          columns={columns}
          rows={numbered}
          rowKey={(row) => String(row.index)}
        />
      </div>
    </section>
  );
}
