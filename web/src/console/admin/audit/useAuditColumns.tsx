import { useMemo } from "react";

import { useWords } from "../../../messages/useWords";
import type { AuditEntry } from "../../../sdk/administration";
import { Count } from "../../../ui/Count";
import type { Column } from "../../../ui/DataTable";
import { StateMark } from "../../../ui/StateMark";
import { Seen } from "../Seen";

/** The columns of the audit. */
export function useAuditColumns(): Column<AuditEntry>[] {
  const { say } = useWords();
  return useMemo<Column<AuditEntry>[]>(
    () => [
      {
        id: "at",
        words: say("audit.at"),
        width: "minmax(9rem, 0.9fr)",
        isText: true,
        value: (row) => row.at_ms,
        cell: (row) => <Seen ms={row.at_ms} />,
      },
      {
        id: "user",
        words: say("audit.user"),
        width: "minmax(7rem, 1fr)",
        isText: true,
        value: (row) => row.user,
        cell: (row) => (
          <span>
            {row.user} {row.device_name && <span className="text-quiet">{row.device_name}</span>}
          </span>
        ),
      },
      {
        id: "action",
        words: say("audit.action"),
        width: "minmax(8rem, 1fr)",
        isText: true,
        value: (row) => row.action,
        cell: (row) => row.action,
      },
      {
        id: "object",
        words: say("audit.object"),
        width: "minmax(8rem, 1.2fr)",
        isText: true,
        value: (row) => row.object,
        cell: (row) => row.object,
      },
      {
        id: "detail",
        words: say("audit.detail"),
        width: "minmax(9rem, 1.6fr)",
        isText: true,
        value: (row) => row.detail ?? "",
        cell: (row) => row.detail ?? "",
      },
      {
        id: "outcome",
        words: say("audit.outcome"),
        width: "minmax(5.5rem, 0.6fr)",
        isText: true,
        value: (row) => row.outcome,
        cell: (row) => (
          <StateMark
            tone={row.outcome === "done" ? "good" : "bad"}
            words={say(row.outcome === "done" ? "audit.done" : "audit.refused")}
          />
        ),
      },
      {
        id: "number",
        words: say("audit.number"),
        width: "minmax(4rem, 0.4fr)",
        value: (row) => row.number,
        cell: (row) => <Count value={row.number} />,
      },
    ],
    [say],
  );
}
