/** What kinds of entries are called. */
import { useCallback } from "react";

import { useWords } from "../../messages/useWords";

const KINDS = ["sold", "corrected", "withdrawn", "lapsed", "reinstated", "transferred", "uncounted"] as const;

/** Names a kind. */
export function useKindName(): (kind: string) => string {
  const { say } = useWords();
  return useCallback(
    (kind) => {
      const known = KINDS.find((one) => one === kind);
      return known ? say(`kind.${known}`) : kind;
    },
    [say],
  );
}
