/** The day and the month so far. */
import { Link } from "wouter";

import { count } from "../../ui/numbers";
import type { Sums } from "../engine/contract";
import { Money } from "../ui/Money";
import { useSay } from "../words/useSay";

/** Net policies and premium of both. */
export function MonthSoFar({ sales }: { sales: { day: Sums; month: Sums } }) {
  const { say, language } = useSay();
  const parts = [
    { name: "day", words: say("today.day"), sums: sales.day },
    { name: "month", words: say("today.month"), sums: sales.month },
  ] as const;
  return (
    <section aria-label={say("today.figures")}>
      <dl className="grid grid-cols-1 gap-px border border-line bg-line min-[22rem]:grid-cols-2">
        {parts.map(({ name, words, sums }) => (
          <div key={name} data-figure={name} className="bg-sheet px-4 py-2">
            <dt className="text-sm text-quiet">{words}</dt>
            <dd>
              <span data-net={sums.net} className="text-2xl font-semibold">
                {say("figure.policies", { n: sums.net, net: count(sums.net, language) })}
              </span>
              <br />
              <Money won={sums.premiumNetWon} />
            </dd>
          </div>
        ))}
      </dl>
      <Link href="/results" className="inline-flex min-h-12 items-center text-accent underline-offset-4 hover:underline">
        {say("today.results")}
      </Link>
    </section>
  );
}
