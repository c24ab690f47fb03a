/** Signing in again, over what one does: the book stays readable and writable behind it. */
import { type SyntheticEvent, useState } from "react";

import { useBook } from "../book/BookContext";
import { problemWords } from "../book/problemWords";
import { BookProblem } from "../engine/book";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { useSay } from "../words/useSay";

/** Asks for the password. */
export default function SignInDialog({ close }: { close: () => void }) {
  const { say } = useSay();
  const { book } = useBook();
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setBusy(true);
    book.call("signIn", { password }).then(close, (thrown: unknown) => {
      setBusy(false);
      setProblem(problemWords(BookProblem.from(thrown), say));
    });
  };
  return (
    <Dialog title={say("sign-in.title")} close={close}>
      <form className="grid gap-4" onSubmit={submit}>
        <p>{say("sign-in.words")}</p>
        <Field
          label={say("sign-in.password")}
          name="password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          problem={problem}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button weight="main" type="submit" disabled={isBusy}>
          {say("sign-in.submit")}
        </Button>
      </form>
    </Dialog>
  );
}
