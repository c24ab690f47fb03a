/** What every view of a unit begins with: where it stands, its name, the days; and what all of them need to know. */
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { useWords } from "../../messages/useWords";
import { type Level, levelBelow, levelOf, NATION } from "../levels";
import { type Period, periodOf, type PeriodSearch } from "../period";
import { meQuery, organisationQuery } from "../queries";
import type { Me, Organisation } from "../types";
import { useToday } from "../useNow";
import { Breadcrumbs } from "./Breadcrumbs";
import { Failed } from "./Failed";
import { PeriodPicker } from "./PeriodPicker";
import { PrintDefinitions } from "./PrintDefinitions";
import { PrintHead } from "./PrintHead";
import { Skeleton } from "./Skeleton";

/** A unit and the days that a view is about. */
export interface Place {
  readonly me: Me;
  readonly today: string;
  readonly period: Period;
  readonly unit: string;
  readonly name: string;
  readonly level: Level;
  /** The level of the rows; none below a rep. */
  readonly below: Level | null;
  /** The units below it. */
  readonly units: Organisation["units"];
}

interface Props {
  readonly unit: string;
  readonly search: PeriodSearch;
  /** What the view is called; nothing for the board, which is the unit itself. */
  readonly view?: string;
  /** Beside the days. */
  readonly actions?: (place: Place) => ReactNode;
  /** The days where the address names none; today where this is left out. */
  readonly usualDays?: (today: string) => Period;
  /** Whether the view chooses its days itself. */
  readonly hasOwnDays?: boolean;
  readonly children: (place: Place) => ReactNode;
}

/** The frame of a view of a unit. */
export function UnitPage({ unit, search, view, actions, usualDays, hasOwnDays, children }: Props) {
  const { say } = useWords();
  const { data: me } = useSuspenseQuery(meQuery);
  const today = useToday(me.zone);
  const period = search.from === undefined && usualDays ? usualDays(today) : periodOf(search, today);
  const organisation = useQuery(organisationQuery(unit, period.to));
  if (organisation.isError) {
    return <Failed error={organisation.error} unit={unit} again={() => void organisation.refetch()} />;
  }
  if (organisation.isPending) return <Skeleton />;
  const { path, units } = organisation.data;
  const last = path.at(-1);
  const level = levelOf(last?.level ?? me.level ?? "rep");
  const name = unit === NATION ? say("unit.nation") : (last?.name ?? unit);
  const place: Place = { me, today, period, unit, name, level, below: levelBelow(level), units };
  return (
    <article>
      <title>{`${view ? `${view} · ` : ""}${name} · ${say("app.name")}`}</title>
      <PrintHead place={place} view={view} />
      <Breadcrumbs path={path} search={search} />
      <header className="mb-4 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <h1 className="text-[1.7rem] leading-tight font-semibold tracking-tight">
          {name}
          {view && <span className="ml-3 text-lg font-normal text-quiet">{view}</span>}
        </h1>
        <div className="flex flex-wrap items-center gap-2 print:hidden">
          {!hasOwnDays && <PeriodPicker today={today} period={period} isTodayUsual={!usualDays} />}
          {actions?.(place)}
        </div>
      </header>
      {children(place)}
      <PrintDefinitions />
    </article>
  );
}
