/** A new PIN, typed twice. */
import { type SyntheticEvent, useState } from "react";

import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { useSay } from "../words/useSay";
import { isEasy, isWhole, typedPin } from "./pin";

/** The form. */
export function NewPinForm({ isBusy, submit, onDone }: { isBusy: boolean; submit: string; onDone: (pin: string) => void }) {
  const { say } = useSay();
  const [pin, setPin] = useState("");
  const [again, setAgain] = useState("");
  const [problem, setProblem] = useState<{ first?: string; second?: string }>({});
  const check = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!isWhole(pin)) setProblem({ first: say("pin.short") });
    else if (isEasy(pin)) setProblem({ first: say("pin.easy") });
    else if (pin !== again) setProblem({ second: say("pin.differs") });
    else {
      setProblem({});
      onDone(pin);
    }
  };
  return (
    <form className="grid gap-4" onSubmit={check}>
      <Field
        label={say("pin.new")}
        name="pin"
        type="password"
        inputMode="numeric"
        autoComplete="new-password"
        value={pin}
        problem={problem.first}
        onChange={(event) => setPin(typedPin(event.target.value))}
      />
      <Field
        label={say("pin.again")}
        name="pin-again"
        type="password"
        inputMode="numeric"
        autoComplete="new-password"
        value={again}
        problem={problem.second}
        onChange={(event) => setAgain(typedPin(event.target.value))}
      />
      <Button weight="main" type="submit" disabled={isBusy}>
        {submit}
      </Button>
    </form>
  );
}
