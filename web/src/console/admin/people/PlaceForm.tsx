/** The role and unit of an account. Somebody else's change meanwhile is shown beside what was typed. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { useWords } from "../../../messages/useWords";
import { type Account, changeAccount, ROLES, type Role, type Version } from "../../../sdk/administration";
import { Problem } from "../../../sdk/problem";
import { Button } from "../../../ui/Button";
import { Note } from "../../../ui/Note";
import { ProblemNote } from "../../../ui/ProblemNote";
import { Select } from "../../../ui/Select";
import { BothVersions } from "../BothVersions";
import { accountQuery } from "./accountQuery";
import { UnitField } from "./UnitField";

interface Draft {
  readonly role: Role;
  readonly unit: string;
}

/** The form. */
export function PlaceForm({ account }: { account: Account }) {
  const { say } = useWords();
  const client = useQueryClient();
  // What is typed is about the version it was typed over: news of another one comes as a refusal, with both shown.
  const [draft, setDraft] = useState<Draft | null>(null);
  const [over, setOver] = useState<Version>(account.version);
  const { role, unit } = draft ?? account;
  const change = useMutation({
    mutationFn: (version: Version) => changeAccount(account.name, { version, role, unit: unit.trim() }),
    onSuccess: (changed) => {
      setDraft(null);
      client.setQueryData(accountQuery(account.name).queryKey, changed);
      return client.invalidateQueries({ queryKey: ["accounts"] });
    },
    onError: () => client.invalidateQueries({ queryKey: ["accounts", "one", account.name] }),
  });
  const problem = change.error ? Problem.from(change.error) : null;
  const type = (typed: Partial<Draft>) => {
    if (!draft) setOver(account.version);
    setDraft({ role, unit, ...typed });
  };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    change.mutate(draft ? over : account.version);
  };
  const takeTheirs = () => {
    setDraft(null);
    change.reset();
  };
  return (
    <form onSubmit={submit} className="grid gap-3 bg-sheet p-4">
      <h2 className="font-semibold">{say("person.place")}</h2>
      <div className="grid grid-cols-1 gap-3 sm:grid-cols-2">
        <Select
          label={say("people.role")}
          value={role}
          choices={ROLES.map((value) => ({ value, words: say(`role.${value}`) }))}
          onChange={(value) => type({ role: value })}
        />
        <UnitField label={say("person.unit-code")} value={unit} onChange={(value) => type({ unit: value })} />
      </div>
      {problem?.isChangedMeanwhile ? (
        <BothVersions
          rows={[
            { what: say("people.role"), theirs: say(`role.${account.role}`), mine: say(`role.${role}`) },
            { what: say("people.unit"), theirs: account.unit, mine: unit },
            {
              what: say("people.state"),
              theirs: say(account.disabled ? "people.state.disabled" : "people.state.active"),
              mine: "·",
            },
          ]}
          keepMine={() => change.mutate(account.version)}
          takeTheirs={takeTheirs}
        />
      ) : (
        problem && <ProblemNote problem={problem} />
      )}
      {change.data && !draft && (
        <Note tone="good">
          {say("person.saved", { role: say(`role.${change.data.role}`), unit: change.data.unit_name ?? change.data.unit })}
        </Note>
      )}
      <div>
        <Button type="submit" variant="primary" isPending={change.isPending} isDisabled={draft === null}>
          {say("action.save")}
        </Button>
      </div>
    </form>
  );
}
