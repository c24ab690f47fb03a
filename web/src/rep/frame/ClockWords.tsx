/** How far this device's clock is off, what is safe, and what to do. */
import { useSay } from "../words/useSay";
import { fullMomentWords, spanWords } from "./spans";

/** The words. */
export default function ClockWords({ aheadMs }: { aheadMs: number }) {
  const { say, language } = useSay();
  return say(aheadMs < 0 ? "clock.fast" : "clock.slow", {
    by: spanWords(Math.abs(aheadMs), language),
    at: fullMomentWords(Date.now() + aheadMs, language),
  });
}
