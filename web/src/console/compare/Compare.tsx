/** Two ranges of days of a unit, side by side. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import { Failed } from "../frame/Failed";
import { DayFields } from "../frame/DayFields";
import { Skeleton } from "../frame/Skeleton";
import { type Place, UnitPage } from "../frame/UnitPage";
import { type Period, sameWeekdays } from "../period";
import { figuresQuery } from "../queries";
import type { CompareSearch } from "../router";
import { CompareTable } from "./CompareTable";

const route = getRouteApi("/unit/$unit/compare");

/** The comparison. */
export function Compare() {
  const { say } = useWords();
  const { unit } = route.useParams();
  const search = route.useSearch();
  return (
    <UnitPage unit={unit} search={search} view={say("view.compare")} hasOwnDays>
      {(place) => <TwoRanges place={place} search={search} />}
    </UnitPage>
  );
}

function TwoRanges({ place, search }: { place: Place; search: CompareSearch }) {
  const { say } = useWords();
  const navigate = useNavigate();
  const { unit, period, below, level, today } = place;
  const usual = sameWeekdays(period);
  const other: Period = { from: search.from2 ?? usual.from, to: search.to2 ?? search.from2 ?? usual.to };
  const rowsAt = below ?? level;
  const first = useQuery(figuresQuery({ unit, level: rowsAt, ...period }));
  const second = useQuery(figuresQuery({ unit, level: rowsAt, ...other }));
  const go = (days: CompareSearch) =>
    void navigate({ to: "/unit/$unit/compare", params: { unit }, search: { ...search, ...days } });
  const failed = first.error ?? second.error;
  return (
    <div className="grid grid-cols-1 gap-6">
      <div className="flex flex-wrap gap-x-10 gap-y-4 print:hidden">
        <fieldset>
          <legend className="mb-1 font-semibold">{say("compare.first")}</legend>
          <DayFields key={`${period.from} ${period.to}`} {...period} last={today} onChosen={go} />
        </fieldset>
        <fieldset>
          <legend className="mb-1 font-semibold">{say("compare.second")}</legend>
          <DayFields
            key={`${other.from} ${other.to}`}
            {...other}
            last={today}
            onChosen={({ from, to }) => go({ from2: from, to2: to })}
          />
        </fieldset>
      </div>
      {failed ? (
        <Failed error={failed} unit={unit} again={() => void Promise.all([first.refetch(), second.refetch()])} />
      ) : first.data && second.data ? (
        <CompareTable place={place} first={first.data} second={second.data} />
      ) : (
        <Skeleton />
      )}
    </div>
  );
}
