/** A short light on what has just changed. */
import { useEffect, useRef } from "react";

const PULSE_MS = 1_200;

/**
 * Lights up the element whenever `value` is another one; not when it first comes, nor where the element shows something
 * else by now: `about` says what.
 */
export function usePulse<Shown extends HTMLElement>(value: string, about = "") {
  const place = useRef<Shown>(null);
  const shown = useRef({ value, about });
  const light = useRef<Animation>(null);
  useEffect(() => {
    const before = shown.current;
    shown.current = { value, about };
    if (before.about !== about) {
      if (!light.current) return;
      light.current.cancel();
      light.current = null;
      place.current?.removeAttribute("data-changed");
    } else if (before.value !== value) {
      const colour = { backgroundColor: getComputedStyle(document.documentElement).getPropertyValue("--pulse") };
      light.current = place.current?.animate([colour, colour, {}], { duration: PULSE_MS, easing: "ease-out" }) ?? null;
      place.current?.setAttribute("data-changed", value);
    }
  }, [value, about]);
  return place;
}
