/** The time, to the minute. */
import { useEffect, useState } from "react";

const MINUTE_MS = 60_000;

/** This device's clock in UTC milliseconds, anew each minute. */
export function useNow(): number {
  const [nowMs, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), MINUTE_MS);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}
