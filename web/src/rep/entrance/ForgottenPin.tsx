/** A forgotten PIN: nobody can tell it. The book is removed from this device, and comes back from headquarters. */
import { type SyntheticEvent, useState } from "react";

import { useAct } from "../book/useAct";
import { useBook } from "../book/BookContext";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { useSay } from "../words/useSay";

interface Props {
  /** Whose book it is, where that is known. */
  readonly user: string | undefined;
  /** Edits that would be lost. */
  readonly unsent: number;
  readonly close: () => void;
}

/** Asks before the book is removed: by typing a name, for what was not sent is lost. */
export default function ForgottenPin({ user, unsent, close }: Props) {
  const { say } = useSay();
  const act = useAct();
  const { become } = useBook();
  const [typed, setTyped] = useState("");
  const [isBusy, setBusy] = useState(false);
  const name = user ?? say("app.name");
  const isMeant = typed.trim() === name;
  const remove = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (!isMeant || isBusy) return;
    setBusy(true);
    const next = await act((book) => book.call("signOut", { evenUnsent: true }));
    setBusy(false);
    if (next) become(next);
  };
  return (
    <Dialog title={say("help.pin")} close={close}>
      <p>{say("forgotten.words")}</p>
      {unsent > 0 && (
        <p data-lost={unsent} className="bg-warn-well px-3 py-2 text-warn">
          {say("forgotten.unsent", { n: unsent })}
        </p>
      )}
      <form className="grid gap-4" onSubmit={(event) => void remove(event)}>
        <Field label={say("forgotten.type", { name })} name="owner" value={typed} autoCapitalize="none" autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
        <Button weight="main" type="submit" disabled={!isMeant || isBusy}>
          {say("forgotten.do")}
        </Button>
      </form>
    </Dialog>
  );
}
