/** A line of days and its weekly mean. The table beside it says the same to who does not see it. */
import { useEffect, useRef } from "react";

import { useWords } from "../../messages/useWords";
import { count, tagOf, wonShort } from "../../ui/numbers";
import { usePreferences } from "../../ui/preferences/PreferencesContext";
import { dayWords } from "../days";
import { draw } from "./draw";
import type { Point } from "./mean";

/** The chart. */
export default function TrendChart({ points, isMoney }: { points: readonly Point[]; isMoney: boolean }) {
  const { language, say } = useWords();
  const { preferences } = usePreferences();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!place.current) return;
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
  }, [points, isMoney, language, say, preferences]);
  return <div ref={place} aria-hidden data-chart="" className="h-80 w-full overflow-hidden" />;
}
