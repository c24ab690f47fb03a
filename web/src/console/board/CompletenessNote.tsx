/** How many reps are in the figures, and who is silent. */
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { Button as AriaButton } from "react-aria-components";

import { useWords } from "../../messages/useWords";
import { Bar } from "../../ui/Bar";
import { count } from "../../ui/numbers";
import type { Completeness } from "../types";
import { SilentList } from "./SilentList";

/** A bar with both numbers; the silent by name on request. */
export function CompletenessNote({ completeness, zone }: { completeness: Completeness | undefined; zone: string }) {
  const { say, language } = useWords();
  const [isOpen, setOpen] = useState(false);
  if (!completeness) return null;
  const { expected, reported, silent } = completeness;
  if (expected === 0) return <p className="py-1 text-quiet">{say("complete.nobody")}</p>;
  const number = expected - reported;
  const words = say("complete.reported", { reported: count(reported, language), expected: count(expected, language) });
  return (
    <div className="relative min-w-0 grow text-sm sm:max-w-md" data-completeness={`${reported}/${expected}`}>
      <div className="flex flex-wrap items-center justify-between gap-x-3">
        <span>{words}</span>
        {number > 0 && (
          <AriaButton
            aria-expanded={isOpen}
            onPress={() => setOpen(!isOpen)}
            className="inline-flex min-h-6 items-center gap-1 font-medium text-warn underline underline-offset-4 print:hidden"
          >
            {say("complete.silent", { number: count(number, language), n: number })}
            <ChevronDown aria-hidden className={`size-4 ${isOpen ? "rotate-180" : ""}`} />
          </AriaButton>
        )}
      </div>
      <Bar label={words} value={reported} whole={expected} />
      {isOpen && <SilentList silent={silent} more={number - silent.length} zone={zone} />}
    </div>
  );
}
