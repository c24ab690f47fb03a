/** Whether parts make up their whole: both numbers, computed from the rows on the screen. */
import { CircleCheck, CircleX } from "lucide-react";

import { useWords } from "../messages/useWords";
import { count, wonExact } from "./numbers";

/** Policies and won. */
export interface Checked {
  readonly net: number;
  readonly won: number;
}

/** The sum of the rows beside the figure above. */
export function SumCheck({ rows, whole, howMany }: { rows: Checked; whole: Checked; howMany: number }) {
  const { say, language } = useWords();
  const agrees = rows.net === whole.net && rows.won === whole.won;
  const words = ({ net, won }: Checked) =>
    say("sum.both", { n: net, net: count(net, language), won: wonExact(won, language) });
  const Icon = agrees ? CircleCheck : CircleX;
  return (
    <p
      data-sum-check={agrees ? "agrees" : "differs"}
      className={`flex flex-wrap items-baseline gap-x-2 text-sm ${agrees ? "text-quiet" : "font-semibold text-bad"}`}
    >
      <Icon aria-hidden className={`size-4 shrink-0 self-center ${agrees ? "text-good" : "text-bad"}`} />
      <span>{say(agrees ? "sum.agrees" : "sum.differs")}</span>
      <span>{say("sum.rows", { number: count(howMany, language), sum: words(rows) })}</span>
      <span aria-hidden>{agrees ? "=" : "≠"}</span>
      <span>{say("sum.whole", { sum: words(whole) })}</span>
    </p>
  );
}
