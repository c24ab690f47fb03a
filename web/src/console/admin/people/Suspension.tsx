/** Suspending an account, and taking that back. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { useWords } from "../../../messages/useWords";
import { type Account, changeAccount } from "../../../sdk/administration";
import { Problem } from "../../../sdk/problem";
import { Button } from "../../../ui/Button";
import { Note } from "../../../ui/Note";
import { ProblemNote } from "../../../ui/ProblemNote";
import { accountQuery } from "./accountQuery";

/** One press each way; nothing asks, because it can be undone. */
export function Suspension({ account }: { account: Account }) {
  const { say } = useWords();
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (disabled: boolean) => changeAccount(account.name, { version: account.version, disabled }),
    onSuccess: (changed) => {
      client.setQueryData(accountQuery(account.name).queryKey, changed);
      return client.invalidateQueries({ queryKey: ["accounts"] });
    },
    onError: () => client.invalidateQueries({ queryKey: ["accounts", "one", account.name] }),
  });
  const { name, disabled } = account;
  return (
    <section className="grid justify-items-start gap-3 bg-sheet p-4">
      <h2 className="font-semibold">{say(disabled ? "people.state.disabled" : "person.suspend")}</h2>
      {!disabled && <p className="text-sm text-quiet">{say("person.suspend.means")}</p>}
      <Button isPending={change.isPending} onPress={() => change.mutate(!disabled)} data-suspend="">
        {say(disabled ? "person.enable" : "person.suspend")}
      </Button>
      {change.isError && <ProblemNote problem={Problem.from(change.error)} />}
      {change.data && (
        <Note tone={change.data.disabled ? "warn" : "good"}>
          <span className="flex flex-wrap items-center gap-3">
            {say(change.data.disabled ? "person.suspended" : "person.enabled", { name })}
            {change.data.disabled && disabled && (
              <Button onPress={() => change.mutate(false)}>{say("action.undo")}</Button>
            )}
          </span>
        </Note>
      )}
    </section>
  );
}
