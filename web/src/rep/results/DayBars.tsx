/** Net policies day by day. */
import type { OwnFigures } from "../engine/contract";
import { dayWords } from "../ui/moments";
import { useSay } from "../words/useSay";

const HEIGHT = 60;
const WIDTH = 10;

/** The bars for who looks, a list for who listens. */
export function DayBars({ days }: { days: OwnFigures["byDay"] }) {
  const { say, language } = useSay();
  const most = Math.max(1, ...days.map(({ sums }) => sums.net));
  return (
    <section aria-label={say("results.days")}>
      <h2 className="text-lg font-semibold">{say("results.days")}</h2>
      <svg aria-hidden viewBox={`0 0 ${Math.max(1, days.length) * WIDTH} ${HEIGHT}`} preserveAspectRatio="none" className="h-24 w-full border-b border-edge">
        {days.map(({ day, sums }, index) => {
          const height = (Math.max(0, sums.net) / most) * HEIGHT;
          return <rect key={day} x={index * WIDTH + 1} y={HEIGHT - height} width={WIDTH - 2} height={height} className="fill-accent" />;
        })}
      </svg>
      <ul className="sr-only">
        {days.map(({ day, sums }) => (
          <li key={day}>
            {dayWords(day, language)}: {say("figure.policies", { n: sums.net, net: String(sums.net) })}
          </li>
        ))}
      </ul>
    </section>
  );
}
