/** The four figures one looks at first, each against the days before and the target. */
import { useQuery } from "@tanstack/react-query";

import { useWords } from "../../messages/useWords";
import { Count } from "../../ui/Count";
import type { MessageId } from "../../messages/words";
import type { Place } from "../frame/UnitPage";
import { before, sameWeekdays } from "../period";
import { figuresQuery, targetsQuery } from "../queries";
import type { Sums } from "../sums";
import { KeyFigure } from "./KeyFigure";
import { MoneyFigure } from "./MoneyFigure";

/** One of the four. */
interface Shown {
  readonly field: "net" | "premium_net_won" | "ape_net_won" | "withdrawn";
  readonly words: MessageId;
  readonly definition: MessageId;
  /** The measure that targets of it have. */
  readonly measure?: "net" | "premium" | "ape";
}

const SHOWN: readonly Shown[] = [
  { field: "net", words: "metric.net", definition: "metric.net.means", measure: "net" },
  { field: "premium_net_won", words: "metric.premium", definition: "metric.premium.means", measure: "premium" },
  { field: "ape_net_won", words: "metric.ape", definition: "metric.ape.means", measure: "ape" },
  { field: "withdrawn", words: "metric.withdrawn", definition: "metric.withdrawn.means" },
];

/** The row of figures. */
export function KeyFigures({ place, total }: { place: Place; total: Sums }) {
  const { say } = useWords();
  const { unit, level, period } = place;
  const earlier = useQuery(figuresQuery({ unit, level, ...before(period) }));
  const weekBefore = useQuery(figuresQuery({ unit, level, ...sameWeekdays(period) }));
  const targets = useQuery(targetsQuery(unit, level, period));
  const isDay = period.from === period.to;
  const targetOf = (measure: Shown["measure"]) =>
    targets.data?.rows.find((row) => row.unit === unit && !row.type && row.measure === measure);
  return (
    <section aria-label={say("board.key-figures")} className="mb-6 border-y border-edge bg-sheet">
      <dl className="key-figures">
        {SHOWN.map(({ field, words, definition, measure }) => (
          <KeyFigure
            key={field}
            field={field}
            words={say(words)}
            definition={say(definition)}
            value={total[field]}
            compared={[
              { words: say(isDay ? "compare.day-before" : "compare.days-before"), before: earlier.data?.total[field] },
              { words: say("compare.week-before"), before: weekBefore.data?.total[field] },
            ]}
            target={targetOf(measure)}
          >
            {field.endsWith("won") ? <MoneyFigure value={total[field]} /> : <Count value={total[field]} />}
          </KeyFigure>
        ))}
      </dl>
    </section>
  );
}
