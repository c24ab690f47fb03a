/** A line of days and its weekly mean. The table beside it says the same to who does not see it. */
import { useEffect, useRef } from "react";

import { useWords } from "../../messages/useWords";
import { count, tagOf, wonShort } from "../../ui/numbers";
import { usePreferences } from "../../ui/preferences/PreferencesContext";
import { dayWords } from "../days";
import { Part, usePart } from "../usePart";
import type { Point } from "./mean";

/** The library is large: it is asked for beside the figures. */
const drawing = Part.atOnce(() => import("./draw"));

/** The chart. */
export function TrendChart({ points, isMoney }: { points: readonly Point[]; isMoney: boolean }) {
  const { language, say } = useWords();
  const { preferences } = usePreferences();
  const place = useRef<HTMLDivElement>(null);
  const draw = usePart(drawing)?.draw;
  useEffect(() => {
    if (!place.current || !draw) return;
    const style = getComputedStyle(document.documentElement);
    return draw(place.current, {
      points,
      amount: (value) => (isMoney ? wonShort(value, language) : count(value, language)),
      day: (day) => dayWords(day, tagOf(language)),
      names: { day: say("trend.day"), mean: say("trend.mean") },
      color: (name) => style.getPropertyValue(name).trim(),
      font: style.fontFamily,
      textPx: Number.parseFloat(style.fontSize) * 0.72,
    });
  }, [draw, points, isMoney, language, say, preferences]);
  return <div ref={place} aria-hidden data-chart="" className={`h-80 w-full overflow-hidden ${draw ? "" : "animate-pulse bg-well"}`} />;
}
