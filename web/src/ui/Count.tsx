/** A number of policies. */
import { useWords } from "../messages/useWords";
import { count } from "./numbers";

/** The number with its separators. */
export function Count({ value }: { value: number }) {
  const { language } = useWords();
  return <span data-count={value}>{value < 0 ? `−${count(-value, language)}` : count(value, language)}</span>;
}
