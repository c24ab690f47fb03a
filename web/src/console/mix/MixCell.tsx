/** One unit's share of one type. */
import { useWords } from "../../messages/useWords";
import { percent, wonExact, wonShort } from "../../ui/numbers";

/** The strongest colour, as a share of the accent: text stays readable on it. */
const STRONGEST = 38;

/** The share as a number and as a shade. */
export function MixCell({ won, whole, most }: { won: number; whole: number; most: number }) {
  const { language } = useWords();
  const share = whole <= 0 ? 0 : Math.max(0, won / whole);
  return (
    <td
      className="px-2 py-1 text-right"
      ref={(cell) => {
        if (!cell) return;
        const shade = most <= 0 ? 0 : Math.round((share / most) * STRONGEST * 10) / 10;
        cell.style.backgroundColor = `color-mix(in oklab, var(--sheet), var(--accent) ${shade}%)`;
      }}
      title={wonExact(won, language)}
    >
      {percent(share * 100, language)}
      <span className="ml-2 hidden text-xs md:inline">{wonShort(won, language)}</span>
    </td>
  );
}
