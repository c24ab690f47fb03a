/** The parts of the daily close: its days, exceptions to them, sales that wait for approval. */
import { Link } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import type { MessageId } from "../../messages/words";
import { TAB, TAB_ACTIVE, TAB_ROW } from "../../ui/tabClass";

const PARTS = [
  { to: "/unit/$unit/closings", words: "close-parts.days" },
  { to: "/unit/$unit/closings/exceptions", words: "exceptions.title" },
  { to: "/unit/$unit/closings/approvals", words: "approvals.title" },
] as const satisfies readonly { to: string; words: MessageId }[];

/** Links to them. */
export function CloseParts({ unit }: { unit: string }) {
  const { say } = useWords();
  return (
    <nav aria-label={say("close-parts.label")} className={TAB_ROW}>
      {PARTS.map(({ to, words }) => (
        <Link
          key={to}
          to={to}
          params={{ unit }}
          activeOptions={{ exact: true, includeSearch: false }}
          className={TAB}
          activeProps={TAB_ACTIVE}
        >
          {say(words)}
        </Link>
      ))}
    </nav>
  );
}
