/** One device, and the end of its sign-in. */
import { useState } from "react";

import type { OwnDevice } from "../engine/contract";
import { Button } from "../ui/Button";
import { momentWords } from "../ui/moments";
import { useNow } from "../ui/useNow";
import { useSay } from "../words/useSay";
import { EndSignIn } from "./EndSignIn";

/** Its name, when it was seen, and what may be done. */
export function DeviceRow({ device, onEnded }: { device: OwnDevice; onEnded: () => void }) {
  const { say, language } = useSay();
  const nowMs = useNow();
  const [isOpen, setOpen] = useState(false);
  const time = (ms: number) => momentWords(new Date(ms).toISOString(), language, nowMs);
  const mark = device.this ? say("devices.this") : device.revoked ? say("devices.revoked") : null;
  return (
    <li data-device={device.device} data-revoked={device.revoked} className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1 border-b border-line py-2">
      <div className="min-w-0 flex-1 basis-48 wrap-anywhere">
        <p className="font-medium">
          {device.name}
          {mark && <span className="font-normal text-quiet"> · {mark}</span>}
        </p>
        <p className="text-sm text-quiet">{say("devices.seen", { time: time(device.last_seen_ms) })}</p>
        <p className="text-sm text-quiet">{say("devices.registered", { time: time(device.registered_ms) })}</p>
      </div>
      {!device.this && !device.revoked && (
        <Button data-end-sign-in aria-label={say("devices.end-name", { name: device.name })} onClick={() => setOpen(true)}>
          {say("devices.end")}
        </Button>
      )}
      {isOpen && (
        <EndSignIn
          device={device}
          close={(isEnded) => {
            setOpen(false);
            if (isEnded) onEnded();
          }}
        />
      )}
    </li>
  );
}
