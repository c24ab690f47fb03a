/** The five states of the chip: a shape and a colour each. */
import { CircleAlert, CircleCheck, CloudOff, RefreshCw, TriangleAlert } from "lucide-react";

import type { SyncStatus } from "../engine/contract";

/** By state. */
export const CHIP_LOOKS = {
  synced: { Icon: CircleCheck, tone: "border-good text-good" },
  sending: { Icon: RefreshCw, tone: "border-accent text-accent" },
  offline: { Icon: CloudOff, tone: "border-edge bg-well text-ink" },
  attention: { Icon: TriangleAlert, tone: "border-warn bg-warn-well text-warn" },
  problem: { Icon: CircleAlert, tone: "border-bad bg-bad-well text-bad" },
} as const satisfies Record<SyncStatus["chip"], unknown>;
