/** How far the month has come on its way to the target: a ring, and the same in words. */
import { wonShort } from "../../ui/numbers";
import { Money } from "../ui/Money";
import { useSay } from "../words/useSay";
import { goalOf } from "./goal";

const SIZE = 96;
const WIDTH = 10;
/** Grows with the ring, which grows with the text around it: four of them have room in it. */
const LETTERS = 22;
const RADIUS = (SIZE - WIDTH) / 2;
const CIRCLE = { cx: SIZE / 2, cy: SIZE / 2, r: RADIUS, fill: "none", strokeWidth: WIDTH } as const;

/** The ring, by the book's own figure: a sale moves it at once, sent or not. Nothing where there is nothing to reach. */
export default function GoalRing({ reachedWon, targetWon }: { reachedWon: number; targetWon: number }) {
  const { say, language } = useSay();
  const goal = goalOf(reachedWon, targetWon);
  if (!goal) return null;
  const missing = targetWon - reachedWon;
  const percent = `${goal.percent}%`;
  const reached = say("goal.reached", { reached: wonShort(reachedWon, language), target: wonShort(targetWon, language) });
  return (
    <section aria-label={say("goal.title")} data-goal={goal.percent} className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <svg role="img" aria-label={say("goal.name", { percent, reached })} viewBox={`0 0 ${SIZE} ${SIZE}`} className="size-24 shrink-0">
        <circle {...CIRCLE} className="stroke-line" />
        {goal.drawn > 0 && (
          <circle {...CIRCLE} pathLength={1} strokeDasharray={`${goal.drawn} 1`} transform={`rotate(-90 ${SIZE / 2} ${SIZE / 2})`} className="stroke-accent" />
        )}
        <text x="50%" y="50%" textAnchor="middle" dominantBaseline="central" fontSize={LETTERS} className="fill-ink font-semibold">
          {percent}
        </text>
      </svg>
      <div className="min-w-0 flex-1 basis-40">
        <h2 className="text-lg font-semibold">{say("goal.title")}</h2>
        <p className="flex flex-wrap items-center gap-x-2">
          <Money won={reachedWon} className="min-w-12 text-left" />
          <span aria-hidden>/</span>
          <Money won={targetWon} className="min-w-12 text-left" />
        </p>
        <p className="text-quiet">{missing > 0 ? say("goal.missing", { won: wonShort(missing, language) }) : say("goal.done")}</p>
      </div>
    </section>
  );
}
