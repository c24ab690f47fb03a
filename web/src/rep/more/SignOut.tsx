/** Signing out removes the book from this device; what was not sent is sent first. */
import { useState } from "react";

import { useAct } from "../book/useAct";
import { useBook } from "../book/BookContext";
import { writeChoices } from "../clash/choices";
import { BookProblem } from "../engine/book";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { useSay } from "../words/useSay";

const UNSENT = "UNSENT-WORK";

/** The button and what it asks. */
export function SignOut() {
  const { say } = useSay();
  const act = useAct();
  const { state, status, become } = useBook();
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const user = state.kind === "ready" ? state.user : "";
  const unsent = status?.unsent ?? 0;
  const leave = async (evenUnsent: boolean) => {
    if (!evenUnsent) await writeChoices();
    const next = await act((book) =>
      book.call("signOut", { evenUnsent }).catch((thrown: unknown) => {
        // The count of a moment ago was too old; the dialog shows the one of now.
        if (BookProblem.from(thrown).code === UNSENT) return null;
        throw thrown;
      }),
    );
    if (next) become(next);
  };
  const sendFirst = async () => {
    await writeChoices();
    const after = await act((book) => book.call("sync"));
    if (after && after.unsent === 0) await leave(false);
  };
  return (
    <section aria-label={say("sign-out.title")} className="grid justify-items-start gap-2">
      <Button data-sign-out onClick={() => setOpen(true)}>
        {say("sign-out.title")}
      </Button>
      {isOpen && (
        <Dialog title={say("sign-out.title")} close={() => setOpen(false)}>
          <p>{say("sign-out.words")}</p>
          {unsent === 0 ? (
            <Button weight="main" onClick={() => void leave(false)}>
              {say("sign-out.do")}
            </Button>
          ) : (
            <>
              <p data-unsent={unsent} className="bg-warn-well px-3 py-2 text-warn">
                {say("sign-out.unsent", { n: unsent })}
              </p>
              <Button weight="main" onClick={() => void sendFirst()}>
                {say("sign-out.send")}
              </Button>
              <Field label={say("sign-out.type", { user })} value={typed} autoCapitalize="none" onChange={(event) => setTyped(event.target.value)} />
              <Button disabled={typed !== user} onClick={() => void leave(true)}>
                {say("sign-out.even-so", { n: unsent })}
              </Button>
            </>
          )}
        </Dialog>
      )}
    </section>
  );
}
