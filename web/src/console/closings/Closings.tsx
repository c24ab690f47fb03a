/** Which days of a unit are closed, what was stamped, what came after. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import { addDays, daysOf } from "../days";
import { Failed } from "../frame/Failed";
import { type Place, UnitPage } from "../frame/UnitPage";
import type { Period } from "../period";
import { closingsQuery, figuresQuery } from "../queries";
import { CloseDay } from "./CloseDay";
import { CloseParts } from "./CloseParts";
import { ClosingRow } from "./ClosingRow";

const route = getRouteApi("/unit/$unit/closings");

/** The days shown where the address names none. */
const usualDays = (today: string): Period => ({ from: addDays(today, -13), to: today });

/** The daily close view. */
export function Closings() {
  const { say } = useWords();
  const { unit } = route.useParams();
  const search = route.useSearch();
  return (
    <UnitPage unit={unit} search={search} view={say("view.closings")} usualDays={usualDays}>
      {(place) => <Days place={place} />}
    </UnitPage>
  );
}

function Days({ place }: { place: Place }) {
  const { say } = useWords();
  const { unit, level, period } = place;
  const closings = useQuery(closingsQuery(period));
  const figures = useQuery(figuresQuery({ unit, level, ...period, by: "day" }));
  const failed = closings.error ?? figures.error;
  if (failed) return <Failed error={failed} unit={unit} again={() => void closings.refetch()} />;
  const days = daysOf(period.from, period.to).reverse();
  const nowOf = (day: string) => figures.data?.rows.find((row) => row.day === day);
  const stampsOf = (day: string) =>
    closings.data?.filter((one) => one.day === day && one.unit === unit).sort((a, b) => b.stamp - a.stamp) ?? [];
  return (
    <>
      <CloseParts unit={unit} />
      <div className="grid grid-cols-1 gap-6">
        <CloseDay place={place} />
        <p className="max-w-3xl text-sm text-quiet">{say("closings.words")}</p>
        <ol className="divide-y border-y border-edge bg-sheet" aria-busy={closings.isPending}>
          {days.map((day) => (
            <ClosingRow key={day} day={day} place={place} stamps={stampsOf(day)} now={nowOf(day)} />
          ))}
        </ol>
      </div>
    </>
  );
}
