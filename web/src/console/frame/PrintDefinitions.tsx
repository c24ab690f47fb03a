/** What the words of a printed sheet mean: nobody can point at paper. */
import { useWords } from "../../messages/useWords";
import type { MessageId } from "../../messages/words";

const TERMS: readonly [MessageId, MessageId][] = [
  ["metric.net", "metric.net.means"],
  ["metric.premium", "metric.premium.means"],
  ["metric.ape", "metric.ape.means"],
  ["metric.withdrawn", "metric.withdrawn.means"],
  ["metric.attainment", "metric.attainment.means"],
];

/** Seen on paper only. */
export function PrintDefinitions() {
  const { say } = useWords();
  return (
    <section className="mt-6 hidden border-t pt-2 text-sm print:block">
      <h2 className="font-semibold">{say("print.definitions")}</h2>
      <dl>
        {TERMS.map(([term, means]) => (
          <div key={term} className="flex gap-2">
            <dt className="w-32 shrink-0">{say(term)}</dt>
            <dd>{say(means)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
