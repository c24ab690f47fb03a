/** Name and password, where there is no invitation. */
import { type SyntheticEvent, useState } from "react";

import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { useSay } from "../words/useSay";
import type { Who } from "./PairPage";

/** The form. */
export function PasswordForm({ onDone }: { onDone: (who: Who) => void }) {
  const { say } = useSay();
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onDone({ user: user.trim(), password });
  };
  return (
    <form className="grid gap-4" onSubmit={submit}>
      <Field label={say("pair.user")} name="user" autoComplete="username" autoCapitalize="none" required value={user} onChange={(event) => setUser(event.target.value)} />
      <Field
        label={say("pair.password")}
        name="password"
        type="password"
        autoComplete="current-password"
        required
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Button weight="main" type="submit">
        {say("action.next")}
      </Button>
    </form>
  );
}
