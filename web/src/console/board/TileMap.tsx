/** The regions as tiles, about where they lie; the table below says the same in numbers. */
import { Link } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import type { Figures } from "../../sdk/liveFigures";
import { wonShort } from "../../ui/numbers";
import { usePulse } from "../../ui/usePulse";
import type { Place } from "../frame/UnitPage";
import { placed, type Tile } from "./tiles";
import { type UnitRow, unitRows } from "./unitRows";

/** Fewer regions than this make no country: they stand in a row. */
const LEAST_TILES = 8;

/** The map, where every region's place is known. */
export function TileMap({ place, figures }: { place: Place; figures: Figures }) {
  const { say } = useWords();
  const rows = unitRows(place.units, figures.rows);
  const tiles = placed(rows);
  const most = Math.max(1, ...rows.map((row) => row.premium_net_won));
  if (!tiles) return null;
  return (
    <section aria-label={say("map.title")} className="mb-6 print:hidden">
      <ul className="tile-map" data-places={tiles.length >= LEAST_TILES || undefined}>
        {tiles.map((tile) => (
          <RegionTile key={tile.row.unit} tile={tile} share={Math.max(0, tile.row.premium_net_won) / most} place={place} />
        ))}
      </ul>
      <p className="mt-1 text-xs text-quiet">{say("map.words")}</p>
    </section>
  );
}

function RegionTile({ tile, share, place }: { tile: Tile<UnitRow>; share: number; place: Place }) {
  const { language } = useWords();
  const { row } = tile;
  const lit = usePulse<HTMLAnchorElement>(`${row.net} ${row.premium_net_won}`);
  const { period, today } = place;
  const isToday = period.from === today && period.to === today;
  return (
    <li
      ref={(item) => {
        item?.style.setProperty("--column", String(tile.column));
        item?.style.setProperty("--row", String(tile.line));
        item?.style.setProperty("--share", String(Math.round(share * 100)));
      }}
    >
      <Link
        ref={lit}
        to="/unit/$unit"
        params={{ unit: row.unit }}
        search={isToday ? {} : { from: period.from, to: period.to }}
        className="tile"
      >
        <span className="font-semibold">{row.name}</span>
        <span className="text-xs">{wonShort(row.premium_net_won, language)}</span>
      </Link>
    </li>
  );
}
