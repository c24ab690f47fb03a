/** A cell: the target, and under it how much of it is reached, or what is wrong with what was typed. */
import { type ClipboardEvent, type KeyboardEvent, useId } from "react";

import { useWords } from "../../../messages/useWords";
import type { MessageId } from "../../../messages/words";
import { count, percent, wonShort } from "../../../ui/numbers";
import type { Attainment } from "../../types";
import { readAmount } from "./amount";

interface Props {
  readonly label: string;
  readonly at: string;
  /** What was typed; undefined where nobody touched it. */
  readonly text: string | undefined;
  readonly known: Attainment | undefined;
  readonly isMoney: boolean;
  readonly problem: string | undefined;
  readonly refused: string | undefined;
  readonly onTyped: (text: string) => void;
  readonly onPasted: (text: string) => void;
  readonly onKey: (event: KeyboardEvent) => void;
}

/** The cell. */
export function GridCell(props: Props) {
  const { say, language } = useWords();
  const id = useId();
  const { text, known, problem, refused } = props;
  const paste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData.getData("text/plain");
    // One value is typed where the cursor stands; a table fills the grid from here on.
    if (!/[\t\n]/.test(pasted.trimEnd())) return;
    event.preventDefault();
    props.onPasted(pasted);
  };
  const isWrong = problem !== undefined || refused !== undefined;
  const shown = text ?? (known ? count(known.target, language) : "");
  return (
    <td className={`min-w-32 px-2 py-1.5 ${text !== undefined && !isWrong ? "bg-tint" : ""}`}>
      <input
        className={`min-h-8 w-full rounded-sm border bg-sheet px-2 text-right font-[inherit] ${isWrong ? "border-bad" : "border-edge"}`}
        inputMode="numeric"
        autoComplete="off"
        aria-label={props.label}
        aria-invalid={isWrong}
        aria-describedby={id}
        data-at={props.at}
        value={shown}
        onChange={(event) => props.onTyped(event.target.value)}
        onPaste={paste}
        onKeyDown={props.onKey}
        onFocus={(event) => event.target.select()}
      />
      <span id={id} className={`block text-right text-xs font-normal ${isWrong ? "text-bad" : "text-quiet"}`}>
        {refused ?? (problem ? say(PROBLEMS[problem] ?? "grid.not-a-number") : <Beside {...props} />)}
      </span>
    </td>
  );
}

const PROBLEMS: Readonly<Record<string, MessageId>> = {
  "not-a-number": "grid.not-a-number",
  negative: "grid.negative",
  "not-whole": "grid.not-whole",
  "too-much": "grid.too-much",
};

/** What is reached; of the new target, once one is typed. */
function Beside({ text, known, isMoney }: Props) {
  const { say, language } = useWords();
  const typed = text === undefined ? null : readAmount(text);
  const target = typed && "value" in typed && typed.value !== null ? typed.value : known?.target;
  if (!target) return null;
  const amount = isMoney ? wonShort(target, language) : count(target, language);
  if (known === undefined) return <>{amount}</>;
  // Rounded down, as the hub does: 100 is shown when it is reached.
  const reached = Math.floor((known.actual / target) * 1_000) / 10;
  return <>{say("grid.reached", { amount, share: percent(reached, language) })}</>;
}
