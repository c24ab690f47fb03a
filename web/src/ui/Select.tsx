/** One of a few words, chosen with the browser's own list. */
import { FIELD } from "./fieldClass";
import { Field } from "./Field";

interface Props<Value extends string> {
  readonly label: string;
  readonly choices: readonly { readonly value: Value; readonly words: string }[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly isDisabled?: boolean;
}

/** The list. */
export function Select<Value extends string>({ label, choices, value, onChange, isDisabled }: Props<Value>) {
  return (
    <Field label={label}>
      <select
        className={FIELD}
        value={value}
        disabled={isDisabled}
        onChange={(event) => {
          const chosen = choices.find((choice) => choice.value === event.target.value);
          if (chosen) onChange(chosen.value);
        }}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.words}
          </option>
        ))}
      </select>
    </Field>
  );
}
