/** The field of a setting, by what it holds. */
import { useState } from "react";

import { useWords } from "../../../messages/useWords";
import type { Setting, SettingValue } from "../../../sdk/administration";
import { FIELD } from "../../../ui/fieldClass";
import { textOf, valueOf } from "./draft";

interface Props {
  readonly id: string;
  readonly setting: Setting;
  readonly value: SettingValue;
  readonly onTyped: (value: SettingValue) => void;
}

/** A field; one that may not be changed shows its value alone. */
export function SettingField({ id, setting, value, onTyped }: Props) {
  const { say } = useWords();
  const [unread, setUnread] = useState<string | null>(null);
  const common = { id, className: FIELD, disabled: !setting.changeable, "aria-describedby": `${id}-help` };
  const type = (text: string) => {
    const meant = valueOf(setting, text);
    // A number on the way to being one stays as it is typed.
    setUnread(meant === undefined ? text : null);
    if (meant !== undefined) onTyped(meant);
  };
  const choices = choicesOf(setting);
  if (choices) {
    return (
      <select {...common} value={textOf(value)} onChange={(event) => type(event.target.value)}>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {setting.kind === "flag" ? say(choice === "true" ? "settings.on" : "settings.off") : choice}
          </option>
        ))}
      </select>
    );
  }
  return (
    <input
      {...common}
      type={setting.kind === "time" ? "time" : "text"}
      inputMode={setting.kind === "number" ? "decimal" : undefined}
      aria-invalid={unread !== null}
      value={unread ?? textOf(value)}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => type(event.target.value)}
    />
  );
}

function choicesOf({ kind, choices, value }: Setting): readonly string[] | null {
  if (kind === "flag") return ["true", "false"];
  if (kind !== "choice" || !choices) return null;
  const now = textOf(value);
  return choices.includes(now) ? choices : [now, ...choices];
}
