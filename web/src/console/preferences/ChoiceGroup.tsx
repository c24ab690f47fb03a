/** One preference and what it may be. */
import { Label, Radio, RadioGroup } from "react-aria-components";

import { useWords } from "../../messages/useWords";
import type { MessageId } from "../../messages/words";
import { CHOICES, type Preferences } from "./preferences";
import { usePreferences } from "./PreferencesContext";

/** Buttons of which one is chosen. */
export function ChoiceGroup({ group }: { group: keyof Preferences }) {
  const { say } = useWords();
  const { preferences, choose } = usePreferences();
  return (
    <RadioGroup
      value={preferences[group]}
      onChange={(value) => choose({ [group]: value })}
      className="grid gap-1"
    >
      <Label className="text-xs font-medium text-quiet">{say(`preferences.${group}`)}</Label>
      <div className="flex flex-wrap gap-1">
        {CHOICES[group].map((choice) => (
          <Radio
            key={choice}
            value={choice}
            className="inline-flex min-h-9 cursor-pointer items-center rounded-sm border border-edge px-2.5 text-sm data-[focus-visible]:outline-2 data-[selected]:border-accent data-[selected]:bg-tint data-[selected]:font-semibold"
          >
            {say(wordsOf(group, choice))}
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}

function wordsOf<Group extends keyof Preferences>(group: Group, choice: Preferences[Group]): MessageId {
  return (group === "language" ? `language.${choice}` : `preferences.${group}.${choice}`) as MessageId;
}
