/** Why the hub did not take an edit. Pure. */
import type { Say } from "../words/useSay";

/** Reasons that have words of ours. */
const REASONS = ["not_yours", "headquarters_only", "too_large", "not_permitted", "erased"] as const;

/** The words; of a reason that has none, the reason itself. */
export function reasonWords(reason: string, say: Say): string {
  const known = REASONS.find((one) => one === reason);
  return known ? say(`tray.reason.${known}`) : say("tray.reason.other", { reason });
}
