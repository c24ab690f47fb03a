/** Which units a few letters mean. Pure. */
import { levelBelow, levelOf } from "../levels";

/** A unit as it is searched. */
export interface Findable {
  /** For the list, which names its items by it. */
  readonly id: string;
  readonly unit: string;
  readonly name: string;
}

/** Units told at once. */
const TOLD = 30;

/** The two levels below a person's own: whom one may look for without asking for the whole company. */
export function searchLevels(own: string): [string, string] {
  const first = levelBelow(levelOf(own)) ?? "rep";
  return [first, levelBelow(first) ?? "rep"];
}

/** The units whose name holds the letters, or whose code begins with them; those that begin so first. */
export function found(units: readonly { unit: string; name: string }[], text: string): Findable[] {
  const wanted = text.trim().toLocaleLowerCase();
  if (wanted === "") return [];
  const known = new Map(units.map(({ unit, name }) => [unit, { id: unit, unit, name }]));
  const rank = ({ unit, name }: Findable) => {
    const [code, words] = [unit.toLocaleLowerCase(), name.toLocaleLowerCase()];
    if (words.startsWith(wanted) || code === wanted) return 0;
    return words.includes(wanted) || code.startsWith(wanted) ? 1 : 2;
  };
  const ranked = [...known.values()].map((one) => ({ one, rank: rank(one) })).filter((one) => one.rank < 2);
  return ranked.sort((left, right) => left.rank - right.rank).slice(0, TOLD).map(({ one }) => one);
}
