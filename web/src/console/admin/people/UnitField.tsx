/** A unit by its code; what the code means stands under it. */
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useId } from "react";

import { useWords } from "../../../messages/useWords";
import { Problem } from "../../../sdk/problem";
import { Field } from "../../../ui/Field";
import { FIELD } from "../../../ui/fieldClass";
import { NATION } from "../../levels";
import { meQuery, organisationQuery } from "../../queries";
import { useToday } from "../../useNow";
import { useSettled } from "../useSettled";

interface Props {
  readonly label: string;
  readonly value: string;
  readonly onChange: (unit: string) => void;
  /** The day it is looked up on; today where this is left out. */
  readonly on?: string;
  readonly isRequired?: boolean;
  /** Whether the code is of a unit that is to be made. */
  readonly isNew?: boolean;
}

/** The field; it offers regions and branches. */
export function UnitField({ label, value, onChange, on, isRequired = true, isNew = false }: Props) {
  const { say } = useWords();
  const { data: me } = useSuspenseQuery(meQuery);
  const today = useToday(me.zone);
  const list = useId();
  const asked = useSettled(value.trim());
  const day = on ?? today;
  const branches = useQuery({ ...organisationQuery(NATION, day, "branch"), enabled: !isNew });
  const regions = useQuery({ ...organisationQuery(NATION, day, "region"), enabled: !isNew });
  const found = useQuery({ ...organisationQuery(asked, day), enabled: asked !== "" && !isNew, retry: false });
  const path = found.data?.path.map(({ unit, name }) => (unit === NATION ? say("unit.nation") : name)).join(" / ");
  const isSettled = asked === value.trim();
  const isUnknown = asked !== "" && found.isError && Problem.from(found.error).isForbidden;
  return (
    <Field
      label={label}
      hint={
        !isNew && (
          <>
            <span role="status" className={isUnknown ? "text-bad" : ""}>
              {isSettled && (isUnknown ? say("person.unit-unknown") : path)}
            </span>
            <datalist id={list}>
              {[...(regions.data?.units ?? []), ...(branches.data?.units ?? [])].map(({ unit, name }) => (
                <option key={unit} value={unit}>
                  {name}
                </option>
              ))}
            </datalist>
          </>
        )
      }
    >
      <input
        className={FIELD}
        value={value}
        required={isRequired}
        autoComplete="off"
        spellCheck={false}
        list={isNew ? undefined : list}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}
