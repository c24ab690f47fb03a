/** A unit's days in a row, as a line and as a table. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";

import { useWords } from "../../messages/useWords";
import type { MessageId } from "../../messages/words";
import { SplitTable } from "../board/SplitTable";
import { addDays, daysOf } from "../days";
import { Failed } from "../frame/Failed";
import { Skeleton } from "../frame/Skeleton";
import { type Place, UnitPage } from "../frame/UnitPage";
import { Segments } from "../../ui/Segments";
import type { Period } from "../period";
import { figuresQuery } from "../queries";
import { TrendChart } from "./TrendChart";

const route = getRouteApi("/unit/$unit/trend");

/** The days shown where the address names none. */
const usualDays = (today: string): Period => ({ from: addDays(today, -89), to: today });

const FIELDS = [
  ["premium_net_won", "metric.premium"],
  ["net", "metric.net"],
  ["ape_net_won", "metric.ape"],
] as const satisfies readonly (readonly [string, MessageId])[];

type Field = (typeof FIELDS)[number][0];

/** The trend of a unit. */
export function Trend() {
  const { say } = useWords();
  const { unit } = route.useParams();
  const search = route.useSearch();
  return (
    <UnitPage unit={unit} search={search} view={say("view.trend")} usualDays={usualDays}>
      {(place) => <Days place={place} />}
    </UnitPage>
  );
}

function Days({ place }: { place: Place }) {
  const { say } = useWords();
  const [field, setField] = useState<Field>("premium_net_won");
  const [sort, setSort] = useState("-part");
  const { unit, level, period } = place;
  const figures = useQuery(figuresQuery({ unit, level, ...period, by: "day" }));
  if (figures.isError) return <Failed error={figures.error} unit={unit} again={() => void figures.refetch()} />;
  if (figures.isPending) return <Skeleton />;
  const known = new Map(figures.data.rows.map((row) => [row.day, row[field]]));
  const points = daysOf(period.from, period.to).map((day) => ({ day, value: known.get(day) ?? 0 }));
  return (
    <div className="grid grid-cols-1 gap-6 xl:grid-cols-[3fr_2fr]">
      <section className="min-w-0 self-start bg-sheet p-3" aria-label={say("trend.chart")}>
        <div className="mb-2">
          <Segments
            label={say("trend.measure")}
            hidesLabel
            segments={FIELDS.map(([value, words]) => ({ value, words: say(words) }))}
            value={field}
            onChange={setField}
          />
        </div>
        <TrendChart points={points} isMoney={field !== "net"} />
      </section>
      <div className="min-w-0">
        <SplitTable by="day" figures={figures.data} sort={sort} onSort={setSort} isNarrow />
      </div>
    </div>
  );
}
