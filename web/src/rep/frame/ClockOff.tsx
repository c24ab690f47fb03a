/** Says so where this device's clock is far from the hub's; nothing where it is not, or where nobody knows. */
import { Suspense } from "react";

import { useBook } from "../book/BookContext";
import { later } from "../later";
import { Notice } from "../ui/Notice";

const ClockWords = later(() => import("./ClockWords"));

/** The strip; its words are loaded when there is a reason for them. */
export function ClockOff() {
  const { hubAheadMs } = useBook();
  if (hubAheadMs === 0) return null;
  return (
    <Suspense fallback={null}>
      <Notice tone="warn" name="clock" words={<ClockWords aheadMs={hubAheadMs} />} />
    </Suspense>
  );
}
