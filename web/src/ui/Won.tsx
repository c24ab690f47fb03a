/** Money: short at a glance, to the won where one looks closer, and always to the won for who listens. */
import { useWords } from "../messages/useWords";
import { wonExact, wonShort } from "./numbers";

/** An amount. Style sheets show the exact one when its row is pointed at or holds the focus. */
export function Won({ value }: { value: number }) {
  const { language } = useWords();
  return (
    <span className="won" data-won={value}>
      <span aria-hidden className="won-short">
        {wonShort(value, language)}
      </span>
      <span className="won-exact">{wonExact(value, language)}</span>
    </span>
  );
}
