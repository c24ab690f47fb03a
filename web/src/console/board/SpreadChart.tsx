/** How a measure is spread over the units below, as bars; the words below say the same to who does not see them. */
import { useMemo } from "react";

import { useWords } from "../../messages/useWords";
import { count, wonShort } from "../../ui/numbers";
import type { Sums } from "../sums";
import { sumColumns } from "../sumColumns";
import { type Measure, measured } from "./measure";
import { type Spread, spreadOf } from "./distribution";

/** The height of the highest bar, in units of the drawing. */
const HEIGHT = 100;
/** What a bar takes of its place. */
const FILLED = 0.94;

/** The bars, where there are enough units for some. */
export function SpreadChart({ rows, measure }: { rows: readonly Sums[]; measure: Measure }) {
  const { say, language } = useWords();
  const spread = useMemo(() => spreadOf(rows.map((row) => measured(row, measure))), [rows, measure]);
  if (!spread) return null;
  const amount = (value: number) => (measure === "premium" || measure === "ape" ? wonShort : count)(Math.round(value), language);
  const { lowest, lower, median, upper, highest } = spread;
  return (
    <figure className="border-b px-3 py-3" data-spread={measure} data-median={median}>
      <figcaption className="flex flex-wrap gap-x-4 text-sm">
        <span className="font-semibold">{say("spread.title", { measure: sumColumns(say)[measure].words })}</span>
        <span>{say("spread.median", { amount: amount(median) })}</span>
        <span className="text-quiet">{say("spread.half", { lower: amount(lower), upper: amount(upper) })}</span>
        <span className="text-quiet">{say("spread.ends", { lowest: amount(lowest), highest: amount(highest) })}</span>
      </figcaption>
      <Bars spread={spread} amount={amount} />
    </figure>
  );
}

function Bars({ spread, amount }: { spread: Spread; amount: (value: number) => string }) {
  const { bars, lower, median, upper } = spread;
  const [first, last] = [bars[0], bars.at(-1)];
  if (!first || !last) return null;
  const most = Math.max(...bars.map(({ units }) => units));
  const at = (value: number) => (value - first.from) / (first.to - first.from);
  return (
    <div aria-hidden>
      <svg viewBox={`0 0 ${bars.length} ${HEIGHT}`} preserveAspectRatio="none" className="mt-2 h-20 w-full">
        <rect className="spread-half" x={at(lower)} width={at(upper) - at(lower)} height={HEIGHT} />
        {bars.map(({ from, to, units }, index) => {
          const height = (units / most) * HEIGHT;
          return (
            <g key={from} data-units={units}>
              <title>{`${amount(from)} – ${amount(to)}: ${units}`}</title>
              <rect className="spread-place" x={index} width={1} height={HEIGHT} />
              <rect className="spread-bar" x={index + (1 - FILLED) / 2} width={FILLED} y={HEIGHT - height} height={height} />
            </g>
          );
        })}
        <line className="spread-median" x1={at(median)} x2={at(median)} y1={0} y2={HEIGHT} vectorEffect="non-scaling-stroke" />
      </svg>
      <div className="flex justify-between border-t border-edge text-xs text-quiet">
        <span>{amount(first.from)}</span>
        <span>{amount(last.to)}</span>
      </div>
    </div>
  );
}
