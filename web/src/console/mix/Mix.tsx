/** Which types of product sell where: a heat map with its numbers in it. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import { SumCheck } from "../../ui/SumCheck";
import { Failed } from "../frame/Failed";
import { Skeleton } from "../frame/Skeleton";
import { type Place, UnitPage } from "../frame/UnitPage";
import { figuresQuery } from "../queries";
import { sumOf } from "../sums";
import { useTypeName } from "../useTypeName";
import { MixCell } from "./MixCell";
import { mixOf } from "./mixOf";

const route = getRouteApi("/unit/$unit/mix");

/** The product mix of a unit. */
export function Mix() {
  const { say } = useWords();
  const { unit } = route.useParams();
  const search = route.useSearch();
  return (
    <UnitPage unit={unit} search={search} view={say("view.mix")}>
      {(place) => <HeatMap place={place} />}
    </UnitPage>
  );
}

function HeatMap({ place }: { place: Place }) {
  const { say } = useWords();
  const typeName = useTypeName();
  const { unit, period, below, level } = place;
  const figures = useQuery(figuresQuery({ unit, level: below ?? level, ...period, by: "type" }));
  if (figures.isError) return <Failed error={figures.error} unit={unit} again={() => void figures.refetch()} />;
  if (figures.isPending) return <Skeleton />;
  const { rows, total } = figures.data;
  const mix = mixOf(rows);
  const sum = sumOf(rows);
  if (mix.units.length === 0) return <p className="bg-sheet p-6 text-quiet">{say("board.empty")}</p>;
  return (
    <section className="bg-sheet">
      <p className="px-3 pt-3 text-sm text-quiet">{say("mix.words")}</p>
      <div className="overflow-x-auto p-3" tabIndex={0} role="region" aria-label={say("view.mix")}>
        <table className="w-full border-separate border-spacing-0.5 text-sm">
          <thead>
            <tr className="text-xs text-quiet">
              <th scope="col" className="px-2 text-left font-medium">
                {say(`level.${below ?? level}`)}
              </th>
              {mix.types.map((type) => (
                <th key={type} scope="col" className="px-2 text-right font-medium">
                  {typeName(type)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {mix.units.map((one) => (
              <tr key={one.unit}>
                <th scope="row" className="px-2 py-1 text-left font-normal whitespace-nowrap">
                  <Link
                    to="/unit/$unit/mix"
                    params={{ unit: one.unit }}
                    search={{ from: period.from, to: period.to }}
                    data-row-link={one.unit}
                    className="inline-block min-h-6 underline decoration-line underline-offset-4 hover:decoration-current"
                  >
                    {one.name}
                  </Link>
                </th>
                {mix.types.map((type) => (
                  <MixCell key={type} won={one.won.get(type) ?? 0} whole={one.sum} most={mix.most} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
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
