/** How one is greeted. Pure. */
import type { WordId } from "../words/words";

const NOON = 12;
const EVENING = 18;

/** By the hour of this device. */
export function greetingId(hour: number): WordId {
  if (hour < NOON) return "today.morning";
  return hour < EVENING ? "today.afternoon" : "today.evening";
}
