/** The regions on a map: as tiles, or in their true shapes. The table below says the same in numbers. */
import { useNavigate } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import type { Figures } from "../../sdk/liveFigures";
import { Segments } from "../../ui/Segments";
import type { PeriodSearch } from "../period";
import type { Place } from "../frame/UnitPage";
import { Part, usePart } from "../usePart";
import { shapeOf } from "./provinces";
import { TileMap } from "./TileMap";
import { placed } from "./tiles";
import { type UnitRow, unitRows } from "./unitRows";

const shapes = new Part(() => import("./ProvinceMap"));

interface Props {
  readonly place: Place;
  readonly figures: Figures;
  /** Whether the true shapes are asked for. */
  readonly isTrue: boolean;
}

/** The map, where every region's place is known. */
export function RegionMap({ place, figures, isTrue }: Props) {
  const { say } = useWords();
  const navigate = useNavigate();
  const rows = unitRows(place.units, figures.rows);
  const tiles = placed(rows);
  if (!tiles) return null;
  const hasShapes = rows.every((row) => shapeOf(row.name) !== null);
  const { period, today } = place;
  const days = period.from === today && period.to === today ? {} : { from: period.from, to: period.to };
  const show = (kind: "tiles" | "shapes") => {
    const keep = ({ map: _map, ...rest }: Record<string, unknown>) => (kind === "shapes" ? { ...rest, map: true } : rest);
    void navigate({ to: ".", search: keep as never, replace: true, resetScroll: false });
  };
  return (
    <section aria-label={say("map.title")} className="mb-6 grid gap-2 print:hidden">
      {hasShapes && (
        <Segments
          label={say("map.kind")}
          hidesLabel
          segments={[
            { value: "tiles", words: say("map.tiles") },
            { value: "shapes", words: say("map.shapes") },
          ]}
          value={isTrue ? "shapes" : "tiles"}
          onChange={show}
        />
      )}
      {isTrue && hasShapes ? (
        <Shapes rows={rows} days={days} />
      ) : (
        <TileMap place={place} rows={rows} tiles={tiles} />
      )}
      <p className="text-xs text-quiet">{say("map.words")}</p>
    </section>
  );
}

function Shapes({ rows, days }: { rows: readonly UnitRow[]; days: PeriodSearch }) {
  const map = usePart(shapes);
  return map ? <map.ProvinceMap rows={rows} days={days} /> : <div className="h-80 max-w-sm animate-pulse bg-well" />;
}
