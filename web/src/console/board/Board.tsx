/** A unit's figures, live: how complete, how much, of which parts. */
import { getRouteApi } from "@tanstack/react-router";

import { ExportMenu } from "../export/ExportMenu";
import { UnitPage } from "../frame/UnitPage";
import { BoardView } from "./BoardView";

const route = getRouteApi("/unit/$unit");

/** The board of a unit. */
export function Board() {
  const { unit } = route.useParams();
  const search = route.useSearch();
  return (
    <UnitPage unit={unit} search={search} actions={(place) => <ExportMenu place={place} by={search.by} />}>
      {(place) => <BoardView place={place} search={search} />}
    </UnitPage>
  );
}
