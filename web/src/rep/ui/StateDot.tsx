/** How far a record has come: a shape and a word, never the colour alone. */
import { Circle, CircleCheck, CircleDot } from "lucide-react";

import type { RecordState } from "../engine/contract";
import { useSay } from "../words/useSay";

const SHAPES = {
  saved: { Icon: Circle, tone: "text-quiet" },
  sent: { Icon: CircleDot, tone: "text-accent" },
  confirmed: { Icon: CircleCheck, tone: "text-good" },
} as const;

/** The mark; its word beside it unless there is no room. */
export function StateDot({ state, isShort = false }: { state: RecordState; isShort?: boolean }) {
  const { say } = useSay();
  const { Icon, tone } = SHAPES[state];
  const words = say(`record.${state}`);
  return (
    <span data-record={state} className={`inline-flex items-center gap-1 text-sm ${tone}`} title={isShort ? words : undefined}>
      <Icon aria-hidden className="size-4 shrink-0" />
      <span className={isShort ? "sr-only" : undefined}>{words}</span>
    </span>
  );
}
