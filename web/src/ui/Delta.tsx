/** How much more or less: an arrow, a colour and a word, never the colour alone. */
import { useWords } from "../messages/useWords";
import { growth, percent } from "./numbers";

/** The growth from `before` to `value`, in percent. */
export function Delta({ value, before }: { value: number; before: number | undefined }) {
  const { say, language } = useWords();
  if (before === undefined) return <span className="text-quiet">·</span>;
  const grown = growth(value, before);
  if (grown === null) return <span className="text-quiet">{say(value === 0 ? "delta.same" : "delta.new")}</span>;
  if (Math.abs(grown) < 0.05) return <span className="text-quiet">{say("delta.same")}</span>;
  const isUp = grown > 0;
  return (
    <span className={`whitespace-nowrap ${isUp ? "text-rise" : "text-fall"}`}>
      <span aria-hidden className="mr-0.5 text-[0.75em]">
        {isUp ? "▲" : "▼"}
      </span>
      <span className="sr-only">{say(isUp ? "delta.up" : "delta.down")} </span>
      {percent(Math.abs(grown), language)}
    </span>
  );
}
