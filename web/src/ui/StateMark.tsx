/** A state: a shape, a colour and a word, never the colour alone. */
import { Ban, CircleAlert, CircleCheck, CircleDot, TriangleAlert } from "lucide-react";

const SHAPES = {
  good: { Icon: CircleCheck, tone: "text-good" },
  warn: { Icon: TriangleAlert, tone: "text-warn" },
  bad: { Icon: CircleAlert, tone: "text-bad" },
  off: { Icon: Ban, tone: "text-quiet" },
  plain: { Icon: CircleDot, tone: "text-quiet" },
} as const;

/** How a state looks. */
export type StateTone = keyof typeof SHAPES;

/** The mark with its word. */
export function StateMark({ tone, words }: { tone: StateTone; words: string }) {
  const { Icon, tone: colour } = SHAPES[tone];
  return (
    <span className={`inline-flex items-baseline gap-1.5 self-start justify-self-start ${colour}`}>
      <Icon aria-hidden className="size-3.5 shrink-0 self-center" />
      {words}
    </span>
  );
}
