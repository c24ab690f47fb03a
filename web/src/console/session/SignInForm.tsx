/** Name and password. */
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";

import type { MessageId } from "../../messages/words";
import { useWords } from "../../messages/useWords";
import { session } from "../../sdk/browser";
import { Problem } from "../../sdk/problem";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/TextField";

/** Asks for both and signs in. */
export function SignInForm() {
  const { say } = useWords();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSending, setSending] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    setSending(true);
    setProblem(null);
    try {
      await session.signIn(String(fields.get("user")), String(fields.get("password")), say("sign-in.device"));
    } catch (thrown) {
      setProblem(Problem.from(thrown));
      setSending(false);
    }
  };
  return (
    <Form onSubmit={(event) => void submit(event)} className="grid gap-4">
      <TextField label={say("sign-in.user")} name="user" autoComplete="username" isRequired />
      <TextField
        label={say("sign-in.password")}
        name="password"
        type="password"
        autoComplete="current-password"
        isRequired
      />
      <div role="alert">
        {problem && (
          <p className="border-l-2 border-bad bg-bad-well px-3 py-2 text-bad">
            {say(wordsOf(problem))} <span className="text-xs whitespace-nowrap">({problem.code})</span>
          </p>
        )}
      </div>
      <Button type="submit" variant="primary" isPending={isSending}>
        {say("sign-in.submit")}
      </Button>
    </Form>
  );
}

function wordsOf(problem: Problem): MessageId {
  if (problem.needsSignIn) return "sign-in.wrong";
  if (problem.status === 429) return "sign-in.slow-down";
  return problem.status === 0 ? "problem.unreachable" : "problem.hub";
}
