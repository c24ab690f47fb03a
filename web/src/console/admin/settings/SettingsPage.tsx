/** The hub's settings: each with what it means, what holds, and where that comes from. */
import { useQuery } from "@tanstack/react-query";

import { useWords } from "../../../messages/useWords";
import { Answer } from "../../frame/Answer";
import { AdminPage } from "../AdminPage";
import { SettingsForm } from "./SettingsForm";
import { settingsQuery } from "./settingsQuery";

/** The page. */
export function SettingsPage() {
  const { say } = useWords();
  const told = useQuery(settingsQuery);
  return (
    <AdminPage title={say("admin.settings")}>
      <p className="mb-4 max-w-3xl text-sm text-quiet">{say("settings.words")}</p>
      <Answer query={told}>{(settings) => <SettingsForm settings={settings} />}</Answer>
    </AdminPage>
  );
}
