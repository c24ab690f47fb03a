/** What units are to reach, and how far they have come. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import { Button } from "../../ui/Button";
import { Failed } from "../frame/Failed";
import { Skeleton } from "../frame/Skeleton";
import { type Place, UnitPage } from "../frame/UnitPage";
import { addDays, monthBegin } from "../days";
import { mayOrder } from "../mayOrder";
import type { Period } from "../period";
import { targetsQuery } from "../queries";
import { Part, usePart } from "../usePart";
import { AttainmentTable } from "./AttainmentTable";

const grid = new Part(() => import("./grid/SetTargets"));

const route = getRouteApi("/unit/$unit/targets");

/** A target says little of one day: where the address names none, it is the month. */
const usualDays = (today: string): Period => ({ from: monthBegin(today), to: today });

/** Targets are set for whole months, also for days to come. */
const wholeMonth = (today: string): Period => {
  const from = monthBegin(today);
  return { from, to: addDays(monthBegin(addDays(from, 31)), -1) };
};

/** Targets of a unit and of those below it. */
export function Targets() {
  const { say } = useWords();
  const { unit } = route.useParams();
  const search = route.useSearch();
  const isSetting = search.set === true;
  return (
    <UnitPage
      unit={unit}
      search={search}
      view={say("view.targets")}
      usualDays={isSetting ? wholeMonth : usualDays}
      actions={(place) => mayOrder(place.me) && place.below && <SetButton isSetting={isSetting} />}
    >
      {(place) =>
        isSetting && mayOrder(place.me) ? (
          <Setting place={place} type={search.type ?? ""} />
        ) : (
          <Both place={place} />
        )
      }
    </UnitPage>
  );
}

function Setting({ place, type }: { place: Place; type: string }) {
  const part = usePart(grid);
  return part ? <part.SetTargets place={place} type={type} /> : <Skeleton />;
}

function SetButton({ isSetting }: { isSetting: boolean }) {
  const { say } = useWords();
  const navigate = useNavigate();
  const { unit } = route.useParams();
  const go = () =>
    void navigate({ to: "/unit/$unit/targets", params: { unit }, search: isSetting ? {} : { set: true } });
  return <Button onPress={go}>{say(isSetting ? "grid.leave" : "grid.enter")}</Button>;
}

function Both({ place }: { place: Place }) {
  const { say } = useWords();
  const { unit, level, below, period } = place;
  const own = useQuery(targetsQuery(unit, level, period));
  const parts = useQuery({ ...targetsQuery(unit, below ?? level, period), enabled: below !== null });
  const failed = own.error ?? parts.error;
  if (failed) return <Failed error={failed} unit={unit} again={() => void Promise.all([own.refetch(), parts.refetch()])} />;
  // That there are none is said when both have told so.
  if (!own.data || parts.isLoading) return <Skeleton />;
  const rows = parts.data?.rows ?? [];
  if (own.data.rows.length === 0 && rows.length === 0) {
    return <p className="bg-sheet p-6 text-quiet">{say("targets.empty")}</p>;
  }
  return (
    <div className="grid grid-cols-1 gap-8">
      <p className="text-sm text-quiet">{say("targets.words", { from: period.from, to: period.to })}</p>
      {own.data.rows.length > 0 && <AttainmentTable title={place.name} rows={own.data.rows} isRanked={false} />}
      {below && rows.length > 0 && <AttainmentTable title={say(`level.${below}.many`)} rows={rows} isRanked />}
    </div>
  );
}
