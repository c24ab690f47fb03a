/** Which days of a unit are closed, what was stamped, what came after. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import { addDays, daysOf } from "../days";
import { Failed } from "../frame/Failed";
import { Skeleton } from "../frame/Skeleton";
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
  return (
    <>
      <CloseParts unit={place.unit} />
      <div className="grid grid-cols-1 gap-6">
        <CloseDay place={place} />
        <p className="max-w-3xl text-sm text-quiet">{say("closings.words")}</p>
        <DayList place={place} />
      </div>
    </>
  );
}

function DayList({ place }: { place: Place }) {
  const { unit, level, period } = place;
  const closings = useQuery(closingsQuery(period));
  const figures = useQuery(figuresQuery({ unit, level, ...period, by: "day" }));
  const failed = closings.error ?? figures.error;
  const again = () => void Promise.all([closings.refetch(), figures.refetch()]);
  if (failed) return <Failed error={failed} unit={unit} again={again} />;
  // That a day is open, or that nothing was sold on it, is said when both have told so.
  if (!closings.data || !figures.data) return <Skeleton />;
  const { data: stamps } = closings;
  const { rows } = figures.data;
  const days = daysOf(period.from, period.to).reverse();
  const nowOf = (day: string) => rows.find((row) => row.day === day);
  const stampsOf = (day: string) =>
    stamps.filter((one) => one.day === day && one.unit === unit).sort((a, b) => b.stamp - a.stamp);
  return (
    <ol className="divide-y border-y border-edge bg-sheet">
      {days.map((day) => (
        <ClosingRow key={day} day={day} place={place} stamps={stampsOf(day)} now={nowOf(day)} />
      ))}
    </ol>
  );
}
