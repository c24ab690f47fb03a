/** The Sync sheet: what was sent and received, what waits, and what to do. */
import { useState } from "react";
import { Link } from "wouter";

import { problemWords } from "../book/problemWords";
import { useAct } from "../book/useAct";
import type { SyncStatus } from "../engine/contract";
import { Button } from "../ui/Button";
import { buttonClass } from "../ui/buttonClass";
import { Dialog } from "../ui/Dialog";
import { bytesWords, momentWords } from "../ui/moments";
import { useNow } from "../ui/useNow";
import { useSay } from "../words/useSay";
import { chipWords } from "./chipWords";
import { Diagnostics } from "./Diagnostics";
import { Facts } from "./Facts";
import { Waiting } from "./Waiting";

/** The sheet. */
export default function SyncSheet({ status, close }: { status: SyncStatus; close: () => void }) {
  const { say, language } = useSay();
  const act = useAct();
  const nowMs = useNow();
  const [isBusy, setBusy] = useState(false);
  const time = (at: string | null) => (at ? momentWords(at, language, nowMs) : say("sync.never"));
  const sync = async () => {
    setBusy(true);
    await act((book) => book.call("sync"));
    setBusy(false);
  };
  const safe = status.persisted === null ? "sync.protected.unknown" : status.persisted ? "sync.protected.yes" : "sync.protected.no";
  return (
    <Dialog title={say("sync.title")} close={close}>
      <p data-sync-words className="text-lg font-semibold">
        {chipWords(status, say, language, nowMs)}
      </p>
      <p>{status.unsent > 0 ? say("sync.safe", { n: status.unsent }) : say("sync.all-sent")}</p>
      {status.problem && <p className="bg-bad-well px-3 py-2 text-bad">{problemWords(status.problem, say)}</p>}
      {status.attention > 0 && (
        <Link href="/" className={buttonClass("plain")} onClick={close}>
          {say("sync.attention", { n: status.attention })}
        </Link>
      )}
      <Waiting status={status} />
      <Facts
        facts={[
          [say("sync.last-sent"), time(status.lastSent)],
          [say("sync.last-received"), time(status.lastReceived)],
          [say("sync.last-contact"), time(status.lastContact)],
          [say("sync.size"), say("sync.bytes", { up: bytesWords(status.bytesUp, language), down: bytesWords(status.bytesDown, language) })],
          [say("sync.protected"), say(safe)],
          ...(status.usage === null ? [] : [[say("sync.usage"), bytesWords(status.usage, language)] as const]),
        ]}
      />
      <Diagnostics />
      <Button data-sync-now weight="main" disabled={isBusy} onClick={() => void sync()}>
        {say("sync.now")}
      </Button>
    </Dialog>
  );
}
