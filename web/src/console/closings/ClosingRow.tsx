/** A day: open, closed or final; what was stamped and what it is by now. */
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { Button as AriaButton } from "react-aria-components";

import { useWords } from "../../messages/useWords";
import { count, tagOf, wonExact } from "../../ui/numbers";
import { dayWords, momentIn } from "../days";
import type { Place } from "../frame/UnitPage";
import { NONE, type Sums } from "../sums";
import type { Closing } from "../types";
import { After } from "./After";

interface Props {
  readonly day: string;
  readonly place: Place;
  /** The newest first. */
  readonly stamps: readonly Closing[];
  readonly now: Sums | undefined;
}

/** The row of a day. */
export function ClosingRow({ day, place, stamps, now = NONE }: Props) {
  const { say, language } = useWords();
  const [isOpen, setOpen] = useState(false);
  const [newest] = stamps;
  const both = (sums: Sums) =>
    say("sum.both", { n: sums.net, net: count(sums.net, language), won: wonExact(sums.premium_net_won, language) });
  const isMoved = newest && (newest.net !== now.net || newest.premium_net_won !== now.premium_net_won);
  return (
    <li className="grid gap-x-6 gap-y-1 px-3 py-2.5 text-sm md:grid-cols-[9rem_7rem_1fr_1fr_auto]" data-day={day}>
      <span className="font-semibold">
        {dayWords(day, tagOf(language))} <span className="block text-xs font-normal text-quiet">{day}</span>
      </span>
      <StateWord state={newest?.state} />
      <span>
        {newest ? (
          <>
            <span className="text-quiet">{say("closings.stamped")}</span> {both(newest)}
            <span className="block text-xs text-quiet">
              {say("closings.by", { by: newest.by, at: momentIn(place.me.zone, Date.parse(newest.at)), stamp: newest.stamp })}
              {newest.expected != null &&
                ` · ${say("complete.reported", { reported: newest.reported ?? 0, expected: newest.expected })}`}
            </span>
          </>
        ) : (
          <span className="text-quiet">{say("closings.none")}</span>
        )}
      </span>
      <span className={isMoved ? "font-semibold text-warn" : ""}>
        <span className="font-normal text-quiet">{say("closings.now")}</span> {both(now)}
      </span>
      {newest ? (
        <AriaButton
          aria-expanded={isOpen}
          onPress={() => setOpen(!isOpen)}
          className="inline-flex min-h-6 items-center gap-1 self-start underline underline-offset-4 print:hidden"
        >
          {say("closings.after")}
          <ChevronDown aria-hidden className={`size-4 ${isOpen ? "rotate-180" : ""}`} />
        </AriaButton>
      ) : (
        <span />
      )}
      {isOpen && <After unit={place.unit} day={day} zone={place.me.zone} />}
    </li>
  );
}

function StateWord({ state }: { state: string | undefined }) {
  const { say } = useWords();
  if (!state) return <span className="text-quiet">{say("closings.state.open")}</span>;
  return <span className="text-good">{say(state === "final" ? "closings.state.final" : "closings.state.closed")}</span>;
}
