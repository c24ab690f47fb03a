/** What an import or orders would do, or did: the numbers, the rows that cannot be, and every difference. */
import { useMemo } from "react";

import { type Say, useWords } from "../../messages/useWords";
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
  const { problems, warnings = [], diff, diff_left_out: leftOut } = report;
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
      {problems.length > 0 && (
        <section>
          <h2 className="mb-1 font-semibold">{say("report.problems", { n: problems.length })}</h2>
          <p className="mb-2 text-sm text-quiet">{say("report.problems.means")}</p>
          <RowNotes rows={problems} label={say("report.problem")} tone="text-bad" />
        </section>
      )}
      {warnings.length > 0 && (
        <section>
          <h2 className="mb-2 font-semibold">{say("report.warnings", { n: warnings.length })}</h2>
          <RowNotes rows={warnings} label={say("report.warning")} tone="text-warn" />
        </section>
      )}
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

function RowNotes({ rows, label, tone }: { rows: readonly RowProblem[]; label: string; tone: string }) {
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
        words: label,
        width: "minmax(10rem, 1fr)",
        isText: true,
        value: (row) => row.problem,
        cell: (row) => (
          <span className={tone}>
            <span lang="en">{row.problem}</span> {row.code && <span className="text-quiet">({row.code})</span>}
          </span>
        ),
      },
    ],
    [say, label, tone],
  );
  return (
    <div className="bg-sheet">
      <DataTable label={label} columns={columns} rows={rows} rowKey={(row) => `${row.row} ${row.problem}`} />
    </div>
  );
}

const WHAT: Readonly<Record<string, MessageId>> = {
  unit: "report.what.unit",
  product: "report.what.product",
  day: "report.what.day",
  target: "report.what.target",
};

function whatOf(what: string, say: Say): string {
  const known = WHAT[what];
  return known ? say(known) : what;
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
        cell: (row) => whatOf(row.what, say),
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
      <h2 className="mb-2 font-semibold">{say("report.differences")}</h2>
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
