/** How new the figures on the screen are. */
import { Radio, RefreshCw, WifiOff } from "lucide-react";

import { useWords } from "../../messages/useWords";
import type { Live } from "../../sdk/liveFigures";
import { clockIn } from "../days";
import { useNow } from "../useNow";

const TICK_MS = 1_000;
const MINUTE_S = 60;

/** The time they are of; while they do not come by themselves, why, and how old they are. */
export function Freshness({ live, zone }: { live: Live; zone: string }) {
  const { say } = useWords();
  const now = useNow(TICK_MS);
  const { asOfMs, line, why } = live;
  if (asOfMs === null) return null;
  const at = clockIn(zone, asOfMs);
  if (line === "live") {
    return (
      <p data-line={line} className="flex items-center gap-2 py-1">
        <Radio aria-hidden className="size-4 shrink-0 text-good" />
        <span>{say("fresh.as-of", { at })}</span>
        <span role="status" className="text-sm text-quiet">
          {say("fresh.live")}
        </span>
      </p>
    );
  }
  const ageS = Math.max(0, Math.round((now - asOfMs) / 1_000));
  const age =
    ageS < MINUTE_S
      ? say("age.seconds", { seconds: ageS })
      : say("age.minutes", { minutes: Math.floor(ageS / MINUTE_S), seconds: ageS % MINUTE_S });
  if (line === "waiting") {
    // Figures of before, until the first answer of now.
    return (
      <p data-line={line} className="flex flex-wrap items-center gap-x-2 py-1 text-quiet">
        <RefreshCw aria-hidden className="size-4 shrink-0" />
        <span role="status">{say("state.loading")}</span>
        <span>{say("fresh.age", { at, age })}</span>
      </p>
    );
  }
  const isAsking = line === "asking";
  const Icon = isAsking ? RefreshCw : WifiOff;
  return (
    <p
      data-line={line}
      className={`flex flex-wrap items-center gap-x-2 border-l-2 px-3 py-1 ${isAsking ? "border-edge bg-well" : "border-warn bg-warn-well text-warn"}`}
    >
      <Icon aria-hidden className="size-4 shrink-0" />
      <span role="status">{say(isAsking ? (why === "rows" ? "fresh.rows" : "fresh.full") : "fresh.lost")}</span>
      <span>{say("fresh.age", { at, age })}</span>
      {isAsking && <span className="text-sm text-quiet">{say("fresh.asking")}</span>}
    </p>
  );
}
