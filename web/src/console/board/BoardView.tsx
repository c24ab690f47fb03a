/** What a board shows of a unit and its days. */
import { useNavigate } from "@tanstack/react-router";

import { Failed } from "../frame/Failed";
import { Skeleton } from "../frame/Skeleton";
import type { Place } from "../frame/UnitPage";
import { PolicyList } from "../policies/PolicyList";
import type { BoardSearch } from "../router";
import { CompletenessNote } from "./CompletenessNote";
import { Freshness } from "./Freshness";
import { KeyFigures } from "./KeyFigures";
import { RegionMap } from "./RegionMap";
import { SplitTabs } from "./SplitTabs";
import { SplitTable } from "./SplitTable";
import { UnitTable } from "./UnitTable";
import { useLiveFigures } from "./useLiveFigures";

/** The board. */
export function BoardView({ place, search }: { place: Place; search: BoardSearch }) {
  const { unit, period, level, below } = place;
  const { by } = search;
  const rowsAt = by || !below ? level : below;
  const live = useLiveFigures({ unit, ...period, level: rowsAt, ...(by ? { by } : {}) });
  const navigate = useNavigate();
  const onSort = (sort: string) =>
    void navigate({ to: "/unit/$unit", params: { unit }, search: { ...search, sort }, replace: true, resetScroll: false });
  const { figures, problem } = live;
  if (problem) return <Failed error={problem} unit={unit} />;
  if (!figures) return <Skeleton />;
  return (
    <>
      <div className="mb-4 flex flex-wrap items-start justify-between gap-x-8 gap-y-2">
        <Freshness live={live} zone={place.me.zone} />
        <CompletenessNote completeness={figures.completeness ?? undefined} zone={place.me.zone} />
      </div>
      <KeyFigures place={place} total={figures.total} />
      {level === "nation" && !by && <RegionMap place={place} figures={figures} isTrue={search.map === true} />}
      <SplitTabs place={place} search={search} />
      {by ? (
        <SplitTable by={by} figures={figures} sort={search.sort} onSort={onSort} />
      ) : below ? (
        <UnitTable place={place} figures={figures} sort={search.sort} onSort={onSort} />
      ) : (
        <PolicyList place={place} figures={figures} sort={search.sort} onSort={onSort} />
      )}
    </>
  );
}
