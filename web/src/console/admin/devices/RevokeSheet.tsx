/** Shutting a device out for good: what that does to unsent work, and its name typed before. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { useWords } from "../../../messages/useWords";
import { type Device, revokeDevice } from "../../../sdk/administration";
import { Problem } from "../../../sdk/problem";
import { Button } from "../../../ui/Button";
import { Field } from "../../../ui/Field";
import { FIELD } from "../../../ui/fieldClass";
import { Note } from "../../../ui/Note";
import { ProblemNote } from "../../../ui/ProblemNote";
import { Sheet } from "../../../ui/Sheet";
import { Seen } from "../Seen";

interface Props {
  readonly device: Device;
  readonly close: () => void;
  readonly onRevoked: (device: Device) => void;
}

/** Asks, because this cannot be undone. */
export function RevokeSheet({ device, close, onRevoked }: Props) {
  const { say } = useWords();
  const client = useQueryClient();
  const [typed, setTyped] = useState("");
  const { name, user, waiting, complete_ms: completeMs } = device;
  const revoke = useMutation({
    mutationFn: () => revokeDevice(device.device),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["devices"] });
      onRevoked(device);
      close();
    },
  });
  const isSame = typed.trim() === name.trim();
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isSame) revoke.mutate();
  };
  const unsent =
    waiting == null ? "devices.revoke.unknown" : waiting > 0 ? "devices.revoke.waiting" : "devices.revoke.none";
  return (
    <Sheet title={say("devices.revoke.title", { name })} isOpen close={close}>
      <p className="text-sm">{say("devices.revoke.means", { user })}</p>
      <Note tone={waiting === 0 ? "plain" : "warn"}>
        <p>{say(unsent, { n: waiting ?? 0 })}</p>
        <p>
          {say("devices.complete")}: <Seen ms={completeMs} />
        </p>
      </Note>
      <form onSubmit={submit} className="grid gap-4">
        <Field label={say("devices.revoke.type", { name })}>
          <input
            className={FIELD}
            name="typed"
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </Field>
        {revoke.isError && <ProblemNote problem={Problem.from(revoke.error)} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onPress={close}>{say("action.cancel")}</Button>
          <Button type="submit" variant="danger" isDisabled={!isSame} isPending={revoke.isPending}>
            {say("devices.revoke")}
          </Button>
        </div>
      </form>
    </Sheet>
  );
}
