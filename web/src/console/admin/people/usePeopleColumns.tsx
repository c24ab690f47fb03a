import { useMemo } from "react";

import { useWords } from "../../../messages/useWords";
import type { Account } from "../../../sdk/administration";
import { Count } from "../../../ui/Count";
import type { Column } from "../../../ui/DataTable";
import { StateMark } from "../../../ui/StateMark";
import { NATION } from "../../levels";
import { RowLink } from "../../RowLink";
import { Seen } from "../Seen";

/** The columns of a list of accounts. */
export function usePeopleColumns(): Column<Account>[] {
  const { say } = useWords();
  return useMemo<Column<Account>[]>(
    () => [
      {
        id: "name",
        words: say("people.name"),
        width: "minmax(8rem, 1.5fr)",
        isText: true,
        value: (row) => row.name,
        cell: (row) => (
          <RowLink href={`/admin/people/${encodeURIComponent(row.name)}`} mark={row.name}>
            {row.name}
          </RowLink>
        ),
      },
      {
        id: "role",
        words: say("people.role"),
        width: "minmax(7rem, 1fr)",
        isText: true,
        value: (row) => row.role,
        cell: (row) => say(`role.${row.role}`),
      },
      {
        id: "unit",
        words: say("people.unit"),
        width: "minmax(8rem, 1.5fr)",
        isText: true,
        value: (row) => row.unit,
        cell: (row) =>
          row.unit === NATION ? (
            say("unit.nation")
          ) : (
            <span>
              {row.unit_name ?? row.unit} {row.unit_name && <span className="text-quiet">{row.unit}</span>}
            </span>
          ),
      },
      {
        id: "devices",
        words: say("people.devices"),
        width: "minmax(4rem, 0.6fr)",
        value: (row) => row.devices,
        cell: (row) => <Count value={row.devices} />,
      },
      {
        id: "seen",
        words: say("people.seen"),
        width: "minmax(9rem, 1fr)",
        isText: true,
        value: (row) => row.last_seen_ms ?? 0,
        cell: (row) => <Seen ms={row.last_seen_ms} />,
      },
      {
        id: "state",
        words: say("people.state"),
        width: "minmax(7rem, 0.8fr)",
        isText: true,
        value: (row) => Number(row.disabled),
        cell: (row) => (
          <StateMark
            tone={row.disabled ? "off" : "good"}
            words={say(row.disabled ? "people.state.disabled" : "people.state.active")}
          />
        ),
      },
    ],
    [say],
  );
}
