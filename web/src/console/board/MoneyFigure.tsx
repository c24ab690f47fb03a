/** An amount in large, with the exact won under it. */
import { useWords } from "../../messages/useWords";
import { wonExact, wonShort } from "../../ui/numbers";

/** Both; listeners hear the exact one. */
export function MoneyFigure({ value }: { value: number }) {
  const { language } = useWords();
  const [short, exact] = [wonShort(value, language), wonExact(value, language)];
  return (
    <span data-won={value}>
      <span aria-hidden={short !== exact}>{short}</span>
      {short !== exact && <span className="block text-xs font-normal tracking-normal text-quiet">{exact}</span>}
    </span>
  );
}
