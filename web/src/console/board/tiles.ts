/** Where the regions of the country lie in a grid of tiles. Pure. */

/** A region in its place. */
export interface Tile<Row> {
  readonly row: Row;
  readonly column: number;
  readonly line: number;
}

/** Column and line of provinces and cities, by the beginning of their names. */
const PLACES: readonly [string, number, number][] = [
  ["인천", 1, 1],
  ["서울", 2, 1],
  ["강원", 4, 1],
  ["경기", 3, 1],
  ["충남", 1, 2],
  ["세종", 2, 2],
  ["충북", 3, 2],
  ["경북", 4, 2],
  ["전북", 1, 3],
  ["대전", 2, 3],
  ["대구", 3, 3],
  ["울산", 4, 3],
  ["전남", 1, 4],
  ["광주", 2, 4],
  ["경남", 3, 4],
  ["부산", 4, 4],
  ["제주", 1, 5],
];

/** The tiles; nothing where a region's place is not known or taken, since a map with gaps would mislead. */
export function placed<Row extends { name: string }>(rows: readonly Row[]): Tile<Row>[] | null {
  const tiles: Tile<Row>[] = [];
  const taken = new Set<string>();
  for (const row of rows) {
    const place = PLACES.find(([name]) => row.name.startsWith(name));
    if (!place || taken.has(place[0])) return null;
    taken.add(place[0]);
    tiles.push({ row, column: place[1], line: place[2] });
  }
  return tiles.length > 1 ? tiles : null;
}
