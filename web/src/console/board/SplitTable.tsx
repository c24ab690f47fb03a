/** A unit's figures by product, type or day, and what they make together. */
import { type ReactNode, useMemo } from "react";

import { useWords } from "../../messages/useWords";
import type { Figures } from "../../sdk/liveFigures";
import { type Column, DataTable } from "../../ui/DataTable";
import { percent, tagOf } from "../../ui/numbers";
import { SumCheck } from "../../ui/SumCheck";
import { dayWords } from "../days";
import { sumCells, sumColumns } from "../sumColumns";
import { sumOf } from "../sums";
import type { FigureRow } from "../types";
import { useTypeName } from "../useTypeName";
import type { Split } from "./split";

interface Props {
  readonly by: Split;
  readonly figures: Figures;
  readonly sort: string | undefined;
  readonly onSort: (sort: string) => void;
  /** Whether there is room for the most important columns alone. */
  readonly isNarrow?: boolean;
}

/** The columns that are always there. */
const ALWAYS = ["part", "net", "premium"];

const keyOf = (row: FigureRow) => row.product ?? row.type ?? row.day ?? "";

/** The table of parts. */
export function SplitTable({ by, figures, sort, onSort, isNarrow = false }: Props) {
  const { say } = useWords();
  const { rows, total } = figures;
  const all = useColumns(by, total.premium_net_won);
  const columns = useMemo(() => (isNarrow ? all.filter(({ id }) => ALWAYS.includes(id)) : all), [all, isNarrow]);
  const sum = sumOf(rows);
  const sums: Record<string, ReactNode> = { part: say("sum.title"), ...sumCells(sum) };
  if (rows.length === 0) return <p className="bg-sheet p-6 text-quiet">{say("board.empty")}</p>;
  return (
    <section className="bg-sheet" aria-label={say("board.table")}>
      <DataTable
        label={say("board.table")}
        columns={columns}
        rows={rows}
        rowKey={keyOf}
        isPlain
        rowState={(row) => `${row.net} ${row.premium_net_won} ${row.withdrawn}`}
        sort={sort ?? (by === "day" ? "part" : "-premium")}
        onSort={onSort}
        footer={(column) => sums[column.id]}
      />
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

function useColumns(by: Split, premium: number): Column<FigureRow>[] {
  const { say, language } = useWords();
  const typeName = useTypeName();
  return useMemo(() => {
    const partName = (row: FigureRow) => {
      if (row.day) return dayWords(row.day, tagOf(language));
      return row.type ? typeName(row.type) : (row.product ?? "");
    };
    const sums = sumColumns(say);
    return [
      {
        id: "part",
        words: say(`split.${by}`),
        width: "minmax(8rem, 2fr)",
        isText: true,
        value: keyOf,
        cell: partName,
      },
      sums.net,
      sums.premium,
      {
        id: "share",
        words: say("column.share"),
        definition: say("column.share.means"),
        width: "minmax(4rem, 0.8fr)",
        value: (row) => row.premium_net_won,
        cell: (row) => (premium === 0 ? "·" : percent((row.premium_net_won / premium) * 100, language)),
      },
      sums.ape,
      sums.withdrawn,
    ];
  }, [by, premium, say, language, typeName]);
}
