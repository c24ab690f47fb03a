/** Which entries are shown; all of it is in the address. */
import { useNavigate } from "@tanstack/react-router";

import { useWords } from "../../../messages/useWords";
import { Field } from "../../../ui/Field";
import { FIELD } from "../../../ui/fieldClass";
import { SearchField } from "../../../ui/SearchField";
import type { AuditSearch } from "../searches";

/** The fields. */
export function AuditFilters({ search }: { search: AuditSearch }) {
  const { say } = useWords();
  const navigate = useNavigate();
  const filter = (change: AuditSearch) =>
    void navigate({ to: "/admin/audit", search: { ...search, ...change }, replace: true });
  const dayField = (id: "from" | "to") => (
    <Field label={say(`period.${id}`)}>
      <input
        type="date"
        name={id}
        className={FIELD}
        value={search[id] ?? ""}
        onChange={(event) => filter({ [id]: event.target.value || undefined })}
      />
    </Field>
  );
  return (
    <search className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,10rem),1fr))] gap-3 print:hidden">
      {dayField("from")}
      {dayField("to")}
      <SearchField
        label={say("audit.user")}
        value={search.user ?? ""}
        onSettled={(user) => filter({ user: user || undefined })}
      />
      <SearchField
        label={say("audit.action")}
        value={search.action ?? ""}
        onSettled={(action) => filter({ action: action || undefined })}
      />
      <SearchField
        label={say("audit.text")}
        value={search.text ?? ""}
        onSettled={(text) => filter({ text: text || undefined })}
      />
    </search>
  );
}
