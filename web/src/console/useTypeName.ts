/** What types of product are called. */
import { useCallback } from "react";

import { useWords } from "../messages/useWords";

/** The types that have words of ours; a company's own ones are shown as they are. */
export const KNOWN_TYPES = ["life", "term", "health", "cancer", "annuity", "savings", "variable", "child", "group"] as const;

/** Names a type. */
export function useTypeName(): (type: string) => string {
  const { say } = useWords();
  return useCallback(
    (type) => {
      const known = KNOWN_TYPES.find((one) => one === type);
      return known ? say(`type.${known}`) : type;
    },
    [say],
  );
}
