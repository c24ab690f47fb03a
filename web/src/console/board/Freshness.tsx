/** How new the figures on the screen are. */
import { Radio, RefreshCw, WifiOff } from "lucide-react";

import { useWords } from "../../messages/useWords";
import type { Live } from "../../sdk/liveFigures";
import { clockIn } from "../days";
import { useNow } from "../useNow";

const TICK_MS = 1_000;
const MINUTE_S = 60;

/** The time they are of; while the line is away, how old they are. */
export function Freshness({ live, zone }: { live: Live; zone: string }) {
  const { say } = useWords();
  const now = useNow(TICK_MS);
  if (live.asOfMs === null) return null;
  const at = clockIn(zone, live.asOfMs);
  if (live.line === "lost" || live.line === "waiting") {
    const ageS = Math.max(0, Math.round((now - live.asOfMs) / 1_000));
    const age =
      ageS < MINUTE_S
        ? say("age.seconds", { seconds: ageS })
        : say("age.minutes", { minutes: Math.floor(ageS / MINUTE_S), seconds: ageS % MINUTE_S });
    return (
      <p
        data-line={live.line}
        className="flex items-center gap-2 border-l-2 border-warn bg-warn-well px-3 py-1 text-warn"
      >
        <WifiOff aria-hidden className="size-4 shrink-0" />
        <span role="status">{say("fresh.lost")}</span>
        <span>{say("fresh.age", { at, age })}</span>
      </p>
    );
  }
  const Icon = live.line === "live" ? Radio : RefreshCw;
  return (
    <p data-line={live.line} className="flex items-center gap-2 py-1">
      <Icon aria-hidden className="size-4 shrink-0 text-good" />
      <span>{say("fresh.as-of", { at })}</span>
      <span role="status" className="text-sm text-quiet">
        {say(live.line === "live" ? "fresh.live" : "fresh.asking")}
      </span>
    </p>
  );
}
