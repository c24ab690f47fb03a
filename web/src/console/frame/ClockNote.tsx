/** Says so where this device's clock is far from the hub's. */
import { Clock } from "lucide-react";
import { useSyncExternalStore } from "react";

import type { Say } from "../../messages/useWords";
import { useWords } from "../../messages/useWords";
import { session } from "../../sdk/browser";
import { momentIn } from "../days";
import { useNow } from "../useNow";

/** Clocks are never quite the same; from here on a person should know. */
const MUCH_MS = 120_000;
const LOOK_MS = 10_000;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The hub's clock, and how far this device's is from it. */
export function ClockNote({ zone }: { zone: string }) {
  const { say } = useWords();
  const now = useNow(LOOK_MS);
  const aheadMs = useSyncExternalStore(session.subscribe, () => session.hubAheadMs);
  if (Math.abs(aheadMs) <= MUCH_MS) return null;
  return (
    <p role="status" data-clock-off={aheadMs} className="border-b border-warn bg-warn-well text-sm text-warn">
      <span className="mx-auto flex max-w-[100rem] items-baseline gap-2 px-4 py-1.5 lg:px-8">
        <Clock aria-hidden className="size-4 shrink-0 self-center" />
        {say("clock.off", { by: spanOf(Math.abs(aheadMs), say), at: momentIn(zone, now).slice(0, -3) })}
      </span>
    </p>
  );
}

/** A span in its largest unit. */
function spanOf(ms: number, say: Say): string {
  if (ms >= DAY_MS - HOUR_MS) return say("clock.days", { n: Math.round(ms / DAY_MS) });
  if (ms >= HOUR_MS) return say("clock.hours", { n: Math.round(ms / HOUR_MS) });
  return say("clock.minutes", { n: Math.round(ms / MINUTE_MS) });
}
