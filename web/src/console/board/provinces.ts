/** Which shapes of the map are which regions. Pure. */

/** Shapes by the beginning of a region's name. */
const SHAPES: readonly [string, string][] = [
  ["서울", "seoul"],
  ["인천", "incheon"],
  ["경기", "gyeonggi"],
  ["강원", "gangwon"],
  ["충남", "south-chungcheong"],
  ["충북", "north-chungcheong"],
  ["세종", "sejong"],
  ["대전", "daejeon"],
  ["전북", "north-jeolla"],
  ["전남", "south-jeolla"],
  ["광주", "gwangju"],
  ["경북", "north-gyeongsang"],
  ["경남", "south-gyeongsang"],
  ["대구", "daegu"],
  ["울산", "ulsan"],
  ["부산", "busan"],
  ["제주", "jeju"],
];

/** The shape of a region; none where its name says no province. */
export function shapeOf(name: string): string | null {
  return SHAPES.find(([beginning]) => name.startsWith(beginning))?.[1] ?? null;
}
