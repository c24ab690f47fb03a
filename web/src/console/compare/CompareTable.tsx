/** Units with the figures of two ranges of days. */
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import { useWords } from "../../messages/useWords";
import type { Figures } from "../../sdk/liveFigures";
import { Count } from "../../ui/Count";
import { type Column, DataTable } from "../../ui/DataTable";
import { Delta } from "../../ui/Delta";
import { SumCheck } from "../../ui/SumCheck";
import { Won } from "../../ui/Won";
import { unitRows } from "../board/unitRows";
import type { Place } from "../frame/UnitPage";
import { NONE, type Sums, sumOf } from "../sums";

/** A unit in both ranges. */
interface Pair {
  readonly unit: string;
  readonly name: string;
  readonly first: Sums;
  readonly second: Sums;
}

const unitOf = (row: Pair) => row.unit;

/** The table, and both sums checked. */
export function CompareTable({ place, first, second }: { place: Place; first: Figures; second: Figures }) {
  const { say } = useWords();
  const [sort, setSort] = useState("-premium");
  const rows = useMemo(() => pairs(place, first, second), [place, first, second]);
  const columns = useColumns();
  const [sumFirst, sumSecond] = [sumOf(rows.map((row) => row.first)), sumOf(rows.map((row) => row.second))];
  const whole: Pair = { unit: place.unit, name: say("sum.title"), first: sumFirst, second: sumSecond };
  if (rows.length === 0) return <p className="bg-sheet p-6 text-quiet">{say("board.empty")}</p>;
  return (
    <section className="bg-sheet" aria-label={say("view.compare")}>
      <p className="px-3 pt-2 text-sm text-quiet">
        {say("compare.words", { from: first.from, to: first.to, from2: second.from, to2: second.to })}
      </p>
      <DataTable
        label={say("view.compare")}
        columns={columns}
        rows={rows}
        rowKey={unitOf}
        isPlain
        sort={sort}
        onSort={setSort}
        footer={(column) => (column.id === "name" ? whole.name : column.cell(whole))}
      />
      <div className="grid gap-1 border-t px-3 py-2">
        {([[sumFirst, first], [sumSecond, second]] as const).map(([sum, { total, from, to }], index) => (
          <div key={index}>
            <span className="text-xs text-quiet">
              {from} – {to}
            </span>
            <SumCheck
              howMany={rows.length}
              rows={{ net: sum.net, won: sum.premium_net_won }}
              whole={{ net: total.net, won: total.premium_net_won }}
            />
          </div>
        ))}
      </div>
    </section>
  );
}

function pairs(place: Place, first: Figures, second: Figures): Pair[] {
  const one = new Map(unitRows(place.units, first.rows).map((row) => [row.unit, row]));
  const two = new Map(unitRows(place.units, second.rows).map((row) => [row.unit, row]));
  return [...new Map([...two, ...one]).values()].map(({ unit, name }) => ({
    unit,
    name,
    first: one.get(unit) ?? NONE,
    second: two.get(unit) ?? NONE,
  }));
}

function useColumns(): Column<Pair>[] {
  const { say } = useWords();
  return useMemo(() => {
    const money = (id: string, words: string, of: (row: Pair) => number): Column<Pair> => ({
      id,
      words,
      width: "minmax(7rem, 1.2fr)",
      value: of,
      cell: (row) => <Won value={of(row)} />,
    });
    return [
      {
        id: "name",
        words: say("targets.unit"),
        width: "minmax(8rem, 1.8fr)",
        isText: true,
        value: (row) => row.name,
        cell: (row) => (
          <Link
            to="/unit/$unit/compare"
            params={{ unit: row.unit }}
            search={(now: object) => now}
            data-row-link={row.unit}
            className="inline-block min-h-6 underline decoration-line underline-offset-4 hover:decoration-current"
          >
            {row.name}
          </Link>
        ),
      },
      {
        id: "net",
        words: say("compare.net-first"),
        width: "minmax(4rem, 0.8fr)",
        value: (row) => row.first.net,
        cell: (row) => <Count value={row.first.net} />,
      },
      {
        id: "net2",
        words: say("compare.net-second"),
        width: "minmax(4rem, 0.8fr)",
        value: (row) => row.second.net,
        cell: (row) => <Count value={row.second.net} />,
      },
      money("premium", say("compare.premium-first"), (row) => row.first.premium_net_won),
      money("premium2", say("compare.premium-second"), (row) => row.second.premium_net_won),
      money("difference", say("compare.difference"), (row) => row.first.premium_net_won - row.second.premium_net_won),
      {
        id: "growth",
        words: say("compare.growth"),
        width: "minmax(4.5rem, 0.8fr)",
        value: (row) => row.first.premium_net_won - row.second.premium_net_won,
        cell: (row) => <Delta value={row.first.premium_net_won} before={row.second.premium_net_won} />,
      },
    ];
  }, [say]);
}
