/** The units below, with their figures and what they make together. */
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";

import { useWords } from "../../messages/useWords";
import type { Figures } from "../../sdk/liveFigures";
import { type Column, DataTable } from "../../ui/DataTable";
import { Delta } from "../../ui/Delta";
import { percent } from "../../ui/numbers";
import { SumCheck } from "../../ui/SumCheck";
import type { Place } from "../frame/UnitPage";
import { before } from "../period";
import { figuresQuery, targetsQuery } from "../queries";
import { RowLink } from "../RowLink";
import { sumCells, sumColumns } from "../sumColumns";
import { sumOf } from "../sums";
import { ranksOf } from "./distribution";
import { type Measure, measured, measureOf } from "./measure";
import { SpreadChart } from "./SpreadChart";
import { type UnitRow, unitRows } from "./unitRows";

interface Props {
  readonly place: Place;
  readonly figures: Figures;
  readonly sort: string | undefined;
  readonly onSort: (sort: string) => void;
}

const unitOf = (row: UnitRow) => row.unit;

/** The order of who chose none. */
const USUAL_SORT = "-premium";

/** The table of units, ranked, and how they are spread. */
export function UnitTable({ place, figures, sort = USUAL_SORT, onSort }: Props) {
  const { say } = useWords();
  const rows = useMemo(() => unitRows(place.units, figures.rows), [place.units, figures.rows]);
  const measure = measureOf(sort);
  const columns = useColumns(place, rows, measure);
  const sum = sumOf(rows);
  const total = figures.total;
  const sums: Record<string, ReactNode> = { name: say("sum.title"), ...sumCells(sum) };
  return (
    <section className="bg-sheet" aria-label={say("board.table")}>
      <SpreadChart rows={rows} measure={measure} />
      {rows.length === 0 ? (
        <p className="p-6 text-quiet">{say("board.empty")}</p>
      ) : (
        <DataTable
          label={say("board.table")}
          columns={columns}
          rows={rows}
          rowKey={unitOf}
          isPlain
          rowState={(row) => `${row.net} ${row.premium_net_won} ${row.withdrawn}`}
          sort={sort}
          onSort={onSort}
          footer={(column) => sums[column.id]}
        />
      )}
      <div className="border-t px-3 py-2">
        <SumCheck
          howMany={rows.length}
          rows={{ net: sum.net, won: sum.premium_net_won }}
          whole={{ net: total.net, won: total.premium_net_won }}
        />
      </div>
    </section>
  );
}

function useColumns(place: Place, rows: readonly UnitRow[], measure: Measure): Column<UnitRow>[] {
  const { say, language } = useWords();
  const { unit, period } = place;
  const { stringifySearch } = useRouter().options;
  const level = place.below ?? place.level;
  const earlier = useQuery(figuresQuery({ unit, level, ...before(period) }));
  const targets = useQuery(targetsQuery(unit, level, period));
  return useMemo(() => {
    const known = new Map(earlier.data?.rows.map((row) => [row.unit, row.premium_net_won]));
    const earlierOf = (row: UnitRow) => (earlier.data ? (known.get(row.unit) ?? 0) : undefined);
    const ofPremium = targets.data?.rows.filter((row) => row.measure === "premium" && !row.type) ?? [];
    const reached = new Map(ofPremium.map((row) => [row.unit, row.attainment_percent]));
    const days = { from: period.from, to: period.to };
    const search = stringifySearch(period.to === place.today && period.from === period.to ? {} : days);
    const sums = sumColumns(say);
    const ranks = ranksOf(rows, (row) => measured(row, measure));
    const columns: Column<UnitRow>[] = [
      {
        id: "name",
        words: say(`level.${place.below ?? "rep"}`),
        width: "minmax(8rem, 2fr)",
        isText: true,
        value: (row) => row.name,
        cell: (row) => (
          <RowLink href={`/unit/${encodeURIComponent(row.unit)}${search}`} mark={row.unit}>
            {row.name} <span className="text-[0.8em] font-normal text-quiet">{row.unit}</span>
          </RowLink>
        ),
      },
      {
        id: "rank",
        words: say("column.rank"),
        definition: say("column.rank.means", { measure: sums[measure].words }),
        width: "minmax(3rem, 0.5fr)",
        // Numbers are looked at from the largest on, ranks from the first.
        value: (row) => -(ranks.get(row) ?? 0),
        cell: (row) => ranks.get(row) ?? "",
      },
      sums.net,
      sums.premium,
      {
        id: "growth",
        words: say("column.growth"),
        definition: say("column.growth.means"),
        width: "minmax(4.5rem, 0.9fr)",
        value: (row) => row.premium_net_won - (earlierOf(row) ?? 0),
        cell: (row) => <Delta value={row.premium_net_won} before={earlierOf(row)} />,
      },
      sums.ape,
      sums.withdrawn,
    ];
    const attainment: Column<UnitRow> = {
      id: "attainment",
      words: say("metric.attainment"),
      definition: say("metric.attainment.means"),
      width: "minmax(4.5rem, 0.8fr)",
      value: (row) => reached.get(row.unit) ?? -1,
      cell: (row) => {
        const known = reached.get(row.unit);
        return known == null ? <span className="text-quiet">·</span> : percent(known, language);
      },
    };
    return reached.size > 0 ? [...columns, attainment] : columns;
  }, [say, language, place, period, rows, measure, earlier.data, targets.data, stringifySearch]);
}
