/** How high a row is, so that those that are not drawn take the room that they will need. */
import { type RefObject, useEffect, useState } from "react";

/** About the height of a row, before one was seen. */
const ROW_PX = 34;

/** The height of a row whose words fit, in whole pixels; seen again whenever the table or its letters change in size. */
export function useRowHeight(table: RefObject<HTMLElement | null>): number {
  const [px, setPx] = useState(ROW_PX);
  useEffect(() => {
    const box = table.current;
    if (!box) return;
    const look = () => {
      const heights = [...box.querySelectorAll("[data-index]")].map((row) => row.getBoundingClientRect().height);
      if (heights.length > 0) setPx(Math.round(Math.min(...heights)));
    };
    // The width says how columns lie, the head how large letters are.
    const watch = new ResizeObserver(look);
    watch.observe(box, { box: "border-box" });
    const head = box.querySelector("[role=row]");
    if (head) watch.observe(head);
    return () => watch.disconnect();
  }, [table]);
  return px;
}
