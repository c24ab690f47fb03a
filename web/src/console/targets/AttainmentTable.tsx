/** Targets beside what is reached of them. */
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import { useWords } from "../../messages/useWords";
import { Count } from "../../ui/Count";
import { type Column, DataTable } from "../../ui/DataTable";
import { percent } from "../../ui/numbers";
import { Won } from "../../ui/Won";
import { NATION } from "../levels";
import type { Attainment } from "../types";
import { useTypeName } from "../useTypeName";

interface Props {
  readonly title: string;
  readonly rows: readonly Attainment[];
  readonly isRanked: boolean;
}

const keyOf = (row: Attainment) => `${row.unit} ${row.measure} ${row.type ?? ""}`;

/** The table. */
export function AttainmentTable({ title, rows, isRanked }: Props) {
  const [sort, setSort] = useState("-attainment");
  const columns = useColumns(isRanked);
  return (
    <section>
      <h2 className="mb-2 font-semibold">{title}</h2>
      <div className="bg-sheet">
        <DataTable
          label={title}
          columns={columns}
          rows={rows}
          rowKey={keyOf}
          isPlain
          sort={sort}
          onSort={setSort}
        />
      </div>
    </section>
  );
}

const MEASURES = { net: "metric.net", premium: "metric.premium", ape: "metric.ape" } as const;

function useColumns(isRanked: boolean): Column<Attainment>[] {
  const { say, language } = useWords();
  const typeName = useTypeName();
  return useMemo(() => {
    const measureOf = (row: Attainment) => {
      const known = say(MEASURES[row.measure]);
      return row.type ? `${known} · ${typeName(row.type)}` : known;
    };
    const amount = (row: Attainment, value: number) =>
      row.measure === "net" ? <Count value={value} /> : <Won value={value} />;
    const columns: Column<Attainment>[] = [
      {
        id: "unit",
        words: say("targets.unit"),
        width: "minmax(8rem, 1.6fr)",
        isText: true,
        value: (row) => row.name,
        cell: (row) => (
          <Link
            to="/unit/$unit/targets"
            params={{ unit: row.unit }}
            data-row-link={row.unit}
            className="inline-block min-h-6 underline decoration-line underline-offset-4 hover:decoration-current"
          >
            {row.unit === NATION ? say("unit.nation") : row.name}
          </Link>
        ),
      },
      {
        id: "measure",
        words: say("targets.measure"),
        width: "minmax(7rem, 1.3fr)",
        isText: true,
        value: measureOf,
        cell: measureOf,
      },
      {
        id: "target",
        words: say("targets.target"),
        width: "minmax(7rem, 1.2fr)",
        value: (row) => row.target,
        cell: (row) => amount(row, row.target),
      },
      {
        id: "actual",
        words: say("targets.actual"),
        width: "minmax(7rem, 1.2fr)",
        value: (row) => row.actual,
        cell: (row) => amount(row, row.actual),
      },
      {
        id: "missing",
        words: say("targets.missing"),
        width: "minmax(7rem, 1.2fr)",
        value: (row) => row.missing,
        cell: (row) => amount(row, row.missing),
      },
      {
        id: "attainment",
        words: say("metric.attainment"),
        definition: say("metric.attainment.means"),
        width: "minmax(6rem, 1fr)",
        value: (row) => row.attainment_percent ?? -1,
        cell: (row) => (row.attainment_percent == null ? "·" : percent(row.attainment_percent, language)),
      },
    ];
    const rank: Column<Attainment> = {
      id: "rank",
      words: say("targets.rank"),
      width: "minmax(3rem, 0.5fr)",
      value: (row) => row.rank ?? Number.MAX_SAFE_INTEGER,
      cell: (row) => row.rank ?? "·",
    };
    return isRanked ? [...columns, rank] : columns;
  }, [say, language, typeName, isRanked]);
}
