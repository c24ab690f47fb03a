/** The regions as tiles, about where they lie. */
import { Link } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import { wonShort } from "../../ui/numbers";
import { usePulse } from "../../ui/usePulse";
import type { Place } from "../frame/UnitPage";
import type { Tile } from "./tiles";
import type { UnitRow } from "./unitRows";

/** Fewer regions than this make no country: they stand in a row. */
const LEAST_TILES = 8;

interface Props {
  readonly place: Place;
  readonly rows: readonly UnitRow[];
  readonly tiles: readonly Tile<UnitRow>[];
}

/** The tiles. */
export function TileMap({ place, rows, tiles }: Props) {
  const most = Math.max(1, ...rows.map((row) => row.premium_net_won));
  return (
    <ul className="tile-map" data-places={tiles.length >= LEAST_TILES || undefined}>
      {tiles.map((tile) => (
        <RegionTile key={tile.row.unit} tile={tile} share={Math.max(0, tile.row.premium_net_won) / most} place={place} />
      ))}
    </ul>
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
