/** One preference and what it may be. */
import { useWords } from "../../messages/useWords";
import type { MessageId } from "../../messages/words";
import { Segments } from "../../ui/Segments";
import { CHOICES, type Preferences } from "../../ui/preferences/preferences";
import { usePreferences } from "../../ui/preferences/PreferencesContext";

/** Buttons of which one is chosen. */
export function ChoiceGroup({ group }: { group: keyof Preferences }) {
  const { say } = useWords();
  const { preferences, choose } = usePreferences();
  return (
    <Segments
      label={say(`preferences.${group}`)}
      segments={CHOICES[group].map((choice) => ({ value: choice, words: say(wordsOf(group, choice)) }))}
      value={preferences[group]}
      onChange={(value) => choose({ [group]: value })}
    />
  );
}

function wordsOf<Group extends keyof Preferences>(group: Group, choice: Preferences[Group]): MessageId {
  return (group === "language" ? `language.${choice}` : `preferences.${group}.${choice}`) as MessageId;
}
