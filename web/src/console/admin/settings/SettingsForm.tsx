/** Changing settings: several at once, stored together or not at all. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { useWords } from "../../../messages/useWords";
import { changeSettings, type Setting, type Settings, type SettingValue, type Version } from "../../../sdk/administration";
import { Problem } from "../../../sdk/problem";
import { Note } from "../../../ui/Note";
import { ProblemNote } from "../../../ui/ProblemNote";
import { BothVersions } from "../BothVersions";
import { changed, clashes, type Draft, groupsOf, textOf } from "./draft";
import { SaveBar } from "./SaveBar";
import { SettingRow } from "./SettingRow";
import { settingsQuery } from "./settingsQuery";

const NOTHING: Draft = new Map();

/** The form. */
export function SettingsForm({ settings }: { settings: Settings }) {
  const { say } = useWords();
  const client = useQueryClient();
  const [draft, setDraft] = useState(NOTHING);
  // What was typed is about the settings it was typed over.
  const [over, setOver] = useState(settings);
  const save = useMutation({
    mutationFn: (version: Version) => changeSettings({ version, values: Object.fromEntries(draft) }),
    onSuccess: (told) => {
      setDraft(NOTHING);
      client.setQueryData(settingsQuery.queryKey, told);
    },
    onError: () => client.invalidateQueries(settingsQuery),
  });
  const problem = save.error ? Problem.from(save.error) : null;
  const type = (setting: Setting, value: SettingValue) => {
    if (draft.size === 0) setOver(settings);
    setDraft(changed(draft, setting, value));
  };
  const forget = () => {
    setDraft(NOTHING);
    save.reset();
  };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    save.mutate(over.version);
  };
  const waiting = settings.rows.filter((row) => row.waits);
  return (
    <form onSubmit={submit} className="grid grid-cols-1 gap-6">
      {waiting.length > 0 && (
        <Note tone="warn">{say("settings.waiting", { n: waiting.length, keys: waiting.map((row) => row.key).join(", ") })}</Note>
      )}
      {groupsOf(settings.rows).map(([group, rows]) => (
        <fieldset key={group} className="min-w-0">
          <legend className="mb-1 font-semibold">{group || say("settings.general")}</legend>
          <ul className="divide-y border-y border-edge bg-sheet">
            {rows.map((row) => (
              <SettingRow key={row.key} setting={row} typed={draft.get(row.key)} onTyped={(value) => type(row, value)} />
            ))}
          </ul>
        </fieldset>
      ))}
      {problem?.isChangedMeanwhile ? (
        <BothVersions
          rows={clashes(draft, over.rows, settings.rows).map((row) => ({
            what: row.key,
            theirs: textOf(row.value),
            mine: draft.has(row.key) ? textOf(draft.get(row.key) ?? row.default) : "·",
          }))}
          keepMine={() => save.mutate(settings.version)}
          takeTheirs={forget}
        />
      ) : (
        problem && <ProblemNote problem={problem} />
      )}
      {save.data && draft.size === 0 && <Note tone="good">{say("settings.saved")}</Note>}
      {draft.size > 0 && <SaveBar number={draft.size} isSaving={save.isPending} onUndo={forget} />}
    </form>
  );
}
