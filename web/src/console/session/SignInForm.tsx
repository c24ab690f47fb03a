/** Name and password. */
import { type SubmitEvent, useState } from "react";

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
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    setSending(true);
    setProblem(null);
    try {
      await session.signIn(textOf(fields, "user"), textOf(fields, "password"), say("sign-in.device"));
    } catch (thrown) {
      setProblem(Problem.from(thrown));
      setSending(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-4">
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
    </form>
  );
}

function textOf(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === "string" ? value : "";
}

function wordsOf(problem: Problem): MessageId {
  if (problem.needsSignIn) return "sign-in.wrong";
  if (problem.status === 429) return "sign-in.slow-down";
  return problem.status === 0 ? "problem.unreachable" : "problem.hub";
}
