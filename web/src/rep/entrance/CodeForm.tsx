/** The eight digits of an invitation. */
import { type SyntheticEvent, useState } from "react";

import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { useSay } from "../words/useSay";
import { CODE_DIGITS, typedCode } from "./pairingCode";

/** The form. */
export function CodeForm({ onDone }: { onDone: (code: string) => void }) {
  const { say } = useSay();
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<string>();
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (code.length === CODE_DIGITS) onDone(code);
    else setProblem(say("pair.code.short"));
  };
  return (
    <form className="grid gap-4" onSubmit={submit}>
      <Field
        label={say("pair.code")}
        hint={say("pair.code.hint")}
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        value={code}
        problem={problem}
        onChange={(event) => setCode(typedCode(event.target.value))}
      />
      <Button weight="main" type="submit">
        {say("action.next")}
      </Button>
    </form>
  );
}
