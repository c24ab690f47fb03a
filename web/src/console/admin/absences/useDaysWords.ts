/** Days in words. */
import { useCallback } from "react";

import { useWords } from "../../../messages/useWords";
import type { Days } from "./away";

/** How to say them: from when to when, or until further notice. */
export function useDaysWords(): (days: Days) => string {
  const { say } = useWords();
  return useCallback(
    ({ from, to }: Days) => (to ? say("absences.days", { from, to }) : say("absences.days.open", { from })),
    [say],
  );
}
