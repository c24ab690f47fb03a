/** A new password for an account. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { useWords } from "../../../messages/useWords";
import { type Account, newPassword } from "../../../sdk/administration";
import { Problem } from "../../../sdk/problem";
import { Button } from "../../../ui/Button";
import { ProblemNote } from "../../../ui/ProblemNote";
import { PasswordOnce } from "./PasswordOnce";

/** Made by the hub, shown once. */
export function NewPassword({ account }: { account: Account }) {
  const { say } = useWords();
  const client = useQueryClient();
  const make = useMutation({
    // The answer is nobody's to look up later: it goes when the page does.
    gcTime: 0,
    mutationFn: () => newPassword(account.name),
    onSuccess: () => client.invalidateQueries({ queryKey: ["accounts"] }),
  });
  return (
    <section className="grid justify-items-start gap-3 bg-sheet p-4">
      <h2 className="font-semibold">{say("person.password")}</h2>
      <p className="text-sm text-quiet">{say("person.password.means")}</p>
      <Button isPending={make.isPending} onPress={() => make.mutate()}>
        {say("person.password.new")}
      </Button>
      {make.isError && <ProblemNote problem={Problem.from(make.error)} />}
      {make.data?.password && <PasswordOnce name={account.name} password={make.data.password} />}
    </section>
  );
}
