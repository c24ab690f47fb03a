/** Changes to settings before they are stored. Pure. */
import type { Setting, SettingValue } from "../../../sdk/administration";

/** What was typed, by key; null asks for the default again. */
export type Draft = ReadonlyMap<string, SettingValue>;

/** A value as its field shows it. */
export function textOf(value: SettingValue): string {
  return value === null ? "" : String(value);
}

/** The value that a field's text means; undefined where it means none. */
export function valueOf(setting: Pick<Setting, "kind">, text: string): SettingValue | undefined {
  if (setting.kind === "flag") return text === "true";
  if (setting.kind !== "number") return text;
  const number = Number(text);
  return text.trim() === "" || Number.isNaN(number) ? undefined : number;
}

/** The draft after a change; what is as it was is no change. */
export function changed(draft: Draft, setting: Setting, value: SettingValue): Draft {
  const next = new Map(draft);
  const isAsItWas = value === setting.value || (value === null && setting.origin === "default");
  if (isAsItWas) next.delete(setting.key);
  else next.set(setting.key, value);
  return next;
}

/** Settings that others changed as well: each in both versions. */
export function clashes(draft: Draft, before: readonly Setting[], now: readonly Setting[]): Setting[] {
  const old = new Map(before.map((setting) => [setting.key, setting.value]));
  return now.filter((setting) => draft.has(setting.key) || old.get(setting.key) !== setting.value);
}

/** Settings by the part of their name before the first dot. */
export function groupsOf(rows: readonly Setting[]): [string, Setting[]][] {
  const groups = new Map<string, Setting[]>();
  for (const row of rows) {
    const name = row.key.includes(".") ? row.key.slice(0, row.key.indexOf(".")) : "";
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return [...groups];
}
