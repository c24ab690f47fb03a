/** The hub's clock, ticking. */
import { useEffect, useState } from "react";

import { session } from "../sdk/browser";
import { dayIn } from "./days";

/** The hub's time, again every so often. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => session.hubNow());
  useEffect(() => {
    const timer = setInterval(() => setNow(session.hubNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

const LOOK_MS = 15_000;

/** The business day it is in the company's zone. */
export function useToday(zone: string): string {
  return dayIn(zone, useNow(LOOK_MS));
}
