/** A setting: its name, what it means, its value, and where that comes from. */
import { useId } from "react";

import { useWords } from "../../../messages/useWords";
import type { Setting, SettingValue } from "../../../sdk/administration";
import { Button } from "../../../ui/Button";
import { StateMark } from "../../../ui/StateMark";
import { textOf } from "./draft";
import { SettingField } from "./SettingField";

interface Props {
  readonly setting: Setting;
  /** What was typed; undefined where nothing was. */
  readonly typed: SettingValue | undefined;
  readonly onTyped: (value: SettingValue) => void;
}

/** The row. */
export function SettingRow({ setting, typed, onTyped }: Props) {
  const { say } = useWords();
  const id = useId();
  const shown = typed === undefined ? setting.value : (typed ?? setting.default);
  const isTyped = typed !== undefined;
  const mayReset = setting.changeable && !isTyped && setting.origin === "administrator";
  return (
    <li
      data-setting={setting.key}
      className={`grid gap-x-6 gap-y-1.5 px-3 py-2.5 text-sm md:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)_minmax(0,0.9fr)] ${isTyped ? "bg-tint" : ""}`}
    >
      <div className="min-w-0">
        <label htmlFor={id} className="font-mono text-[0.85em] font-semibold break-all">
          {setting.key}
        </label>
        <p className="text-quiet" lang="en" id={`${id}-help`}>
          {setting.help}
        </p>
      </div>
      <div>
        <SettingField id={id} setting={setting} value={shown} onTyped={onTyped} />
      </div>
      <div className="grid content-start gap-1 text-xs text-quiet">
        <span>
          {say(`settings.origin.${setting.origin}`)}
          {setting.value !== setting.default && ` · ${say("settings.default", { value: textOf(setting.default) || "–" })}`}
        </span>
        {!setting.changeable && <span>{say("settings.fixed")}</span>}
        {setting.waits && <StateMark tone="warn" words={say("settings.waits")} />}
        {mayReset && (
          <span>
            <Button variant="quiet" className="underline underline-offset-4" onPress={() => onTyped(null)}>
              {say("settings.reset")}
            </Button>
          </span>
        )}
      </div>
    </li>
  );
}
