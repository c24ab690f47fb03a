import { useMemo } from "react";

import { useWords } from "../../../messages/useWords";
import type { Device } from "../../../sdk/administration";
import { Button } from "../../../ui/Button";
import { Count } from "../../../ui/Count";
import type { Column } from "../../../ui/DataTable";
import { StateMark } from "../../../ui/StateMark";
import { shortId } from "../../policies/names";
import { RowLink } from "../../RowLink";
import { Seen } from "../Seen";

/** The columns of a list of devices. */
export function useDeviceColumns(revoke: (device: Device) => void, knowsWaiting: boolean): Column<Device>[] {
  const { say } = useWords();
  return useMemo<Column<Device>[]>(() => {
    const columns: Column<Device>[] = [
      {
        id: "device",
        words: say("devices.device"),
        width: "minmax(9rem, 1.5fr)",
        isText: true,
        value: (row) => row.name,
        cell: (row) => (
          <span>
            {row.name} <span className="text-quiet">{shortId(row.device)}</span>
          </span>
        ),
      },
      {
        id: "user",
        words: say("devices.user"),
        width: "minmax(7rem, 1.2fr)",
        isText: true,
        value: (row) => row.user,
        cell: (row) => (
          <span>
            <RowLink href={`/admin/people/${encodeURIComponent(row.user)}`} mark={row.user}>
              {row.user}
            </RowLink>{" "}
            {row.unit && row.unit !== row.user && <span className="text-quiet">{row.unit}</span>}
          </span>
        ),
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
        id: "complete",
        words: say("devices.complete"),
        definition: say("devices.complete.means"),
        width: "minmax(9rem, 1fr)",
        isText: true,
        value: (row) => row.complete_ms ?? 0,
        cell: (row) => <Seen ms={row.complete_ms} />,
      },
      {
        id: "waiting",
        words: say("devices.waiting"),
        definition: say("devices.waiting.means"),
        width: "minmax(6rem, 0.7fr)",
        value: (row) => row.waiting ?? -1,
        cell: (row) =>
          row.waiting == null ? (
            <span className="text-quiet">{say("devices.unknown")}</span>
          ) : (
            <span className={row.waiting > 0 ? "font-semibold text-warn" : ""}>
              <Count value={row.waiting} />
            </span>
          ),
      },
      {
        id: "tray",
        words: say("devices.tray"),
        definition: say("devices.tray.means"),
        width: "minmax(4rem, 0.5fr)",
        value: (row) => row.tray ?? -1,
        cell: (row) => (row.tray == null ? "" : <Count value={row.tray} />),
      },
      {
        id: "version",
        words: say("devices.version"),
        width: "minmax(5rem, 0.6fr)",
        isText: true,
        value: (row) => row.version ?? "",
        cell: (row) => row.version ?? "",
      },
      {
        id: "state",
        words: say("people.state"),
        width: "minmax(6rem, 0.8fr)",
        isText: true,
        value: (row) => Number(row.revoked),
        cell: (row) => (
          <StateMark
            tone={row.revoked ? "off" : "good"}
            words={say(row.revoked ? "devices.state.revoked" : "devices.state.active")}
          />
        ),
      },
      {
        id: "revoke",
        words: say("devices.revoke"),
        width: "minmax(5rem, 0.6fr)",
        value: () => "",
        cell: (row) =>
          !row.revoked && (
            <Button
              variant="quiet"
              className="underline underline-offset-4"
              aria-label={say("devices.revoke-this", { name: row.name, user: row.user })}
              onPress={() => revoke(row)}
            >
              {say("devices.revoke")}
            </Button>
          ),
      },
    ];
    // Where hubs are not told of unsent edits, an empty column would look like none.
    return columns.filter(({ id }) => knowsWaiting || !["waiting", "tray", "version"].includes(id));
  }, [say, revoke, knowsWaiting]);
}
