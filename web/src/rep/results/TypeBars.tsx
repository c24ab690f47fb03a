/** Premium by type of product, as bars. */
import { wonShort } from "../../ui/numbers";
import type { OwnFigures } from "../engine/contract";
import { Bar } from "../ui/Bar";
import { typeName } from "../words/names";
import { useSay } from "../words/useSay";
import { byType } from "./periods";

/** The bars, the longest first. */
export function TypeBars({ rows }: { rows: OwnFigures["rows"] }) {
  const { say, language } = useSay();
  const types = byType(rows);
  const most = Math.max(1, ...types.map(({ sums }) => sums.premiumNetWon));
  return (
    <section aria-label={say("results.types")} className="grid gap-2">
      <h2 className="text-lg font-semibold">{say("results.types")}</h2>
      <ul className="grid gap-2">
        {types.map(({ type, sums }) => (
          <li key={type} data-type={type}>
            <p className="flex flex-wrap justify-between gap-x-3">
              <span>{typeName(type, say)}</span>
              <span className="text-quiet">
                {say("figure.policies", { n: sums.net, net: String(sums.net) })} · {wonShort(sums.premiumNetWon, language)}
              </span>
            </p>
            <Bar label={typeName(type, say)} value={Math.max(0, sums.premiumNetWon)} whole={most} />
          </li>
        ))}
      </ul>
    </section>
  );
}
