/** Asks before the sign-in of another device is ended: by typing its name, for it cannot be undone. */
import { type SyntheticEvent, useState } from "react";

import { useAct } from "../book/useAct";
import type { OwnDevice } from "../engine/contract";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { useSay } from "../words/useSay";

/** The dialog. */
export function EndSignIn({ device, close }: { device: OwnDevice; close: (isEnded: boolean) => void }) {
  const { say } = useSay();
  const act = useAct();
  const [typed, setTyped] = useState("");
  const [isBusy, setBusy] = useState(false);
  const { name } = device;
  const isMeant = typed.trim() === name.trim();
  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (!isMeant || isBusy) return;
    setBusy(true);
    const ended = await act((book) => book.call("revokeDevice", { device: device.device }), "devices.ended");
    setBusy(false);
    if (ended) close(true);
  };
  return (
    <Dialog title={say("devices.end-name", { name })} close={() => close(false)}>
      <p>{say("devices.end.words")}</p>
      <form className="grid gap-4" onSubmit={(event) => void submit(event)}>
        <Field label={say("devices.end.type", { name })} name="device-name" value={typed} autoCapitalize="none" onChange={(event) => setTyped(event.target.value)} />
        <Button weight="main" type="submit" disabled={!isMeant || isBusy}>
          {say("devices.end")}
        </Button>
      </form>
    </Dialog>
  );
}
