/** A short light on what has just changed. */
import { useEffect, useRef } from "react";

const PULSE_MS = 1_200;

/** Lights up the element whenever `value` is another one; not when it first comes. */
export function usePulse<Shown extends HTMLElement>(value: string) {
  const place = useRef<Shown>(null);
  const shown = useRef(value);
  useEffect(() => {
    if (shown.current === value) return;
    shown.current = value;
    const light = { backgroundColor: getComputedStyle(document.documentElement).getPropertyValue("--pulse") };
    place.current?.animate([light, light, {}], { duration: PULSE_MS, easing: "ease-out" });
    place.current?.setAttribute("data-changed", value);
  }, [value]);
  return place;
}
