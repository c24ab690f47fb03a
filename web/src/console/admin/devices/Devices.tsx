/** Devices: whose, when seen last, what they have not sent yet; those that hold unsent work come first. */
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { useWords } from "../../../messages/useWords";
import { type Device, devices } from "../../../sdk/administration";
import { DataTable } from "../../../ui/DataTable";
import { Note } from "../../../ui/Note";
import { SearchField } from "../../../ui/SearchField";
import { Select } from "../../../ui/Select";
import { Answer } from "../../frame/Answer";
import { AdminPage } from "../AdminPage";
import { MoreRows } from "../MoreRows";
import { type DeviceSearch, SILENCES } from "../searches";
import { usePages } from "../usePages";
import { RevokeSheet } from "./RevokeSheet";
import { useDeviceColumns } from "./useDeviceColumns";

const route = getRouteApi("/admin/devices");

/** The list. */
export function Devices() {
  const { say } = useWords();
  const search = route.useSearch();
  const [asked, setAsked] = useState<Device | null>(null);
  const [revoked, setRevoked] = useState<Device | null>(null);
  const { unsent, silent, ...rest } = search;
  const list = usePages("devices", { ...rest, silent_days: silent, order: "urgency" }, devices);
  const knowsWaiting = list.data?.rows.some((row) => row.waiting != null) ?? false;
  const columns = useDeviceColumns(setAsked, knowsWaiting);
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isError } = list;
  useEffect(() => {
    // What is not here yet may have unsent work too: nobody reads "none" off half a list.
    if (unsent && hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [unsent, hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
  return (
    <AdminPage title={say("admin.devices")}>
      <DeviceFilters search={search} knowsWaiting={knowsWaiting} />
      {revoked && (
        <div className="mb-3">
          <Note tone="good">{say("devices.revoked", { name: revoked.name, user: revoked.user })}</Note>
        </div>
      )}
      <Answer query={list}>
        {({ rows, total }) => {
          const shown = unsent ? rows.filter((row) => (row.waiting ?? 0) > 0) : rows;
          return shown.length === 0 ? (
            <p className="bg-sheet p-6 text-quiet" data-empty="">
              {say(unsent && hasNextPage ? "state.loading" : "devices.empty")}
            </p>
          ) : (
            <>
              <div className="bg-sheet">
                <DataTable label={say("admin.devices")} columns={columns} rows={shown} rowKey={(row) => row.device} />
              </div>
              <MoreRows shown={shown.length} total={total} list={list} />
            </>
          );
        }}
      </Answer>
      {asked && <RevokeSheet device={asked} close={() => setAsked(null)} onRevoked={setRevoked} />}
    </AdminPage>
  );
}

function DeviceFilters({ search, knowsWaiting }: { search: DeviceSearch; knowsWaiting: boolean }) {
  const { say } = useWords();
  const navigate = useNavigate();
  const filter = (change: DeviceSearch) =>
    void navigate({ to: "/admin/devices", search: { ...search, ...change }, replace: true });
  return (
    <search className="mb-3 grid max-w-4xl grid-cols-1 items-end gap-3 sm:grid-cols-[2fr_1fr_1fr_auto]">
      <SearchField
        label={say("devices.search")}
        value={search.text ?? search.user ?? ""}
        onSettled={(text) => filter({ text: text || undefined, user: undefined })}
      />
      <Select
        label={say("devices.silence")}
        value={search.silent ? String(search.silent) : ""}
        choices={[
          { value: "", words: say("devices.silence.any") },
          ...SILENCES.map((days) => ({ value: String(days), words: say("devices.silence.days", { n: days }) })),
        ]}
        onChange={(value) => filter({ silent: SILENCES.find((days) => String(days) === value) })}
      />
      <Select
        label={say("people.state")}
        value={search.state ?? ""}
        choices={[
          { value: "", words: say("people.all-states") },
          { value: "active", words: say("devices.state.active") },
          { value: "revoked", words: say("devices.state.revoked") },
        ]}
        onChange={(state) => filter({ state: state === "" ? undefined : state })}
      />
      {(knowsWaiting || search.unsent) && (
        <label className="flex min-h-9 cursor-pointer items-center gap-2 text-sm">
          <input
            type="checkbox"
            checked={search.unsent === true}
            onChange={(event) => filter({ unsent: event.target.checked || undefined })}
            className="size-5 accent-accent"
          />
          {say("devices.unsent")}
        </label>
      )}
    </search>
  );
}
