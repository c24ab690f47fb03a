/** The own figure, headquarters', and the policies between them by name. */
import { CircleAlert, CircleCheck } from "lucide-react";

import { count, wonExact } from "../../ui/numbers";
import type { OwnFigures } from "../engine/contract";
import { Money } from "../ui/Money";
import { useSay } from "../words/useSay";
import { isExplained } from "./periods";

/** Both, and what is between them. */
export function Difference({ figures }: { figures: OwnFigures }) {
  const { say, language } = useSay();
  const sides = [
    { name: "own", words: say("results.own"), sums: figures.total },
    { name: "hq", words: say("results.hq"), sums: figures.headquarters },
  ] as const;
  const isSame = figures.total.net === figures.headquarters.net && figures.total.premiumNetWon === figures.headquarters.premiumNetWon;
  const isWhole = isExplained(figures);
  const Icon = isWhole ? CircleCheck : CircleAlert;
  const verdict = isSame && figures.differences.length === 0 ? "results.same" : isWhole ? "results.explained" : "results.unexplained";
  return (
    <section aria-label={say("results.compared")} className="grid gap-3">
      <dl className="grid grid-cols-1 gap-px border border-line bg-line min-[22rem]:grid-cols-2">
        {sides.map(({ name, words, sums }) => (
          <div key={name} data-side={name} data-net={sums.net} className="bg-sheet px-4 py-2">
            <dt className="text-sm text-quiet">{words}</dt>
            <dd>
              <span className="text-2xl font-semibold">{say("figure.policies", { n: sums.net, net: count(sums.net, language) })}</span>
              <br />
              <Money won={sums.premiumNetWon} />
            </dd>
          </div>
        ))}
      </dl>
      <p data-explained={isWhole} className={`flex items-center gap-2 ${isWhole ? "text-quiet" : "text-bad"}`}>
        <Icon aria-hidden className="size-5 shrink-0" />
        {say(verdict)}
      </p>
      {figures.differences.length > 0 && (
        <ul aria-label={say("results.differences")}>
          {figures.differences.map((one) => (
            <li key={`${one.policy} ${one.why}`} data-difference={one.why} className="flex flex-wrap justify-between gap-x-3 border-b border-line py-2">
              <span className="min-w-0 wrap-anywhere">
                {one.customerName ?? "—"} · {say(`why.${one.why}`)}
              </span>
              <span>{say("results.by", { count: signed(one.count), won: wonExact(one.won, language) })}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function signed(number: number): string {
  return number > 0 ? `+${number}` : String(number).replace("-", "−");
}
