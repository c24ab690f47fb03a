/** A new account. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type SubmitEvent, useState } from "react";

import { useWords } from "../../../messages/useWords";
import { addAccount, ROLES, type Role } from "../../../sdk/administration";
import { Problem } from "../../../sdk/problem";
import { Button } from "../../../ui/Button";
import { buttonClass } from "../../../ui/buttonClass";
import { Field } from "../../../ui/Field";
import { FIELD } from "../../../ui/fieldClass";
import { Note } from "../../../ui/Note";
import { ProblemNote } from "../../../ui/ProblemNote";
import { Select } from "../../../ui/Select";
import { AdminPage } from "../AdminPage";
import { PasswordOnce } from "./PasswordOnce";
import { UnitField } from "./UnitField";

/** The form; afterwards the password, once. */
export function AddPerson() {
  const { say } = useWords();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("rep");
  const [unit, setUnit] = useState("");
  const add = useMutation({
    mutationFn: addAccount,
    onSuccess: () => client.invalidateQueries({ queryKey: ["accounts"] }),
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    add.mutate({ name: name.trim(), role, unit: unit.trim() });
  };
  const another = () => {
    add.reset();
    setName("");
    setUnit("");
  };
  return (
    <AdminPage title={say("people.add")}>
      <p className="mb-4 text-sm">
        <Link to="/admin/people" data-up="" className="inline-block min-h-6 underline underline-offset-4">
          {say("person.back")}
        </Link>
      </p>
      {add.data ? (
        <div className="grid max-w-xl gap-4">
          <Note tone="good">{say("person.added", { name: add.data.account.name })}</Note>
          {add.data.password && <PasswordOnce name={add.data.account.name} password={add.data.password} />}
          <div className="flex flex-wrap gap-2">
            <Button onPress={another}>{say("person.another")}</Button>
            <Link
              to="/admin/people/$name"
              params={{ name: add.data.account.name }}
              className={buttonClass("plain")}
            >
              {add.data.account.name}
            </Link>
          </div>
        </div>
      ) : (
        <form onSubmit={submit} className="grid max-w-xl gap-4 bg-sheet p-4">
          <Field label={say("people.name")}>
            <input
              className={FIELD}
              name="name"
              required
              autoComplete="off"
              spellCheck={false}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </Field>
          <Select
            label={say("people.role")}
            value={role}
            choices={ROLES.map((value) => ({ value, words: say(`role.${value}`) }))}
            onChange={setRole}
          />
          <UnitField label={say("person.unit-code")} value={unit} onChange={setUnit} />
          {add.isError && <ProblemNote problem={Problem.from(add.error)} />}
          <div>
            <Button type="submit" variant="primary" isPending={add.isPending}>
              {say("people.add")}
            </Button>
          </div>
        </form>
      )}
    </AdminPage>
  );
}
