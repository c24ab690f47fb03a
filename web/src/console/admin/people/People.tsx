/** Accounts: who may sign in, as what, for which unit. */
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { QrCode, UserPlus } from "lucide-react";

import { useWords } from "../../../messages/useWords";
import { accounts, ROLES } from "../../../sdk/administration";
import { buttonClass } from "../../../ui/buttonClass";
import { DataTable } from "../../../ui/DataTable";
import { SearchField } from "../../../ui/SearchField";
import { Select } from "../../../ui/Select";
import { Answer } from "../../frame/Answer";
import { AdminPage } from "../AdminPage";
import { MoreRows } from "../MoreRows";
import type { PeopleSearch } from "../searches";
import { usePages } from "../usePages";
import { usePeopleColumns } from "./usePeopleColumns";

const route = getRouteApi("/admin/people");

/** The list. */
export function People() {
  const { say } = useWords();
  const search = route.useSearch();
  const navigate = useNavigate();
  const list = usePages("accounts", { ...search }, accounts);
  const columns = usePeopleColumns();
  const filter = (change: PeopleSearch) =>
    void navigate({ to: "/admin/people", search: { ...search, ...change }, replace: true });
  return (
    <AdminPage
      title={say("admin.people")}
      actions={
        <div className="flex flex-wrap items-center gap-2">
          <Link to="/admin/invite" className={buttonClass("plain")}>
            <QrCode aria-hidden className="size-4" />
            {say("invite.branch")}
          </Link>
          <Link to="/admin/add-person" className={buttonClass("primary")}>
            <UserPlus aria-hidden className="size-4" />
            {say("people.add")}
          </Link>
        </div>
      }
    >
      <search className="mb-3 grid max-w-3xl grid-cols-1 gap-3 sm:grid-cols-[2fr_1fr_1fr]">
        <SearchField
          label={say("people.search")}
          value={search.text ?? ""}
          onSettled={(text) => filter({ text: text || undefined })}
        />
        <Select
          label={say("people.role")}
          value={search.role ?? ""}
          choices={[
            { value: "", words: say("people.all-roles") },
            ...ROLES.map((role) => ({ value: role, words: say(`role.${role}`) })),
          ]}
          onChange={(role) => filter({ role: role === "" ? undefined : role })}
        />
        <Select
          label={say("people.state")}
          value={search.state ?? ""}
          choices={[
            { value: "", words: say("people.all-states") },
            { value: "active", words: say("people.state.active") },
            { value: "disabled", words: say("people.state.disabled") },
          ]}
          onChange={(state) => filter({ state: state === "" ? undefined : state })}
        />
      </search>
      <Answer query={list}>
        {({ rows, total }) =>
          rows.length === 0 ? (
            <p className="bg-sheet p-6 text-quiet" data-empty="">
              {say("people.empty")}
            </p>
          ) : (
            <>
              <div className="bg-sheet">
                <DataTable label={say("admin.people")} columns={columns} rows={rows} rowKey={(row) => row.name} />
              </div>
              <MoreRows shown={rows.length} total={total} list={list} />
            </>
          )
        }
      </Answer>
    </AdminPage>
  );
}
