/** Another PIN, and closing the book now. */
import { useState } from "react";

import { useAct } from "../book/useAct";
import { useBook } from "../book/BookContext";
import { writeChoices } from "../clash/choices";
import { NewPinForm } from "../entrance/NewPinForm";
import { typedPin } from "../entrance/pin";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { useSay } from "../words/useSay";

/** Both buttons. */
export function ChangePin() {
  const { say } = useSay();
  const act = useAct();
  const { become } = useBook();
  const [isOpen, setOpen] = useState(false);
  const [old, setOld] = useState("");
  const [isBusy, setBusy] = useState(false);
  const change = async (next: string) => {
    setBusy(true);
    const done = await act((book) => book.call("changePin", { old, new: next }), "pin.changed");
    setBusy(false);
    if (done !== false) setOpen(false);
  };
  const lock = async () => {
    await writeChoices();
    const state = await act((book) => book.call("lock"));
    if (state) become(state);
  };
  return (
    <section aria-label={say("pin.title")} className="grid gap-2">
      <h2 className="text-lg font-semibold">{say("pin.title")}</h2>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => setOpen(true)}>{say("pin.change")}</Button>
        <Button data-lock onClick={() => void lock()}>
          {say("pin.lock")}
        </Button>
      </div>
      {isOpen && (
        <Dialog title={say("pin.change")} close={() => setOpen(false)}>
          <Field label={say("pin.old")} name="old-pin" type="password" inputMode="numeric" autoComplete="current-password" value={old} onChange={(event) => setOld(typedPin(event.target.value))} />
          <NewPinForm isBusy={isBusy} submit={say("action.save")} onDone={(pin) => void change(pin)} />
        </Dialog>
      )}
    </section>
  );
}
