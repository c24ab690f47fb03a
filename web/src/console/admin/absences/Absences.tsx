/** Leave of absence: who is away, from when to when, and why. Who is away is not expected to report. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { CalendarOff } from "lucide-react";
import { useMemo, useState } from "react";

import { useWords } from "../../../messages/useWords";
import { type Absence, absences, type RepAbsences } from "../../../sdk/administration";
import { Problem } from "../../../sdk/problem";
import { Button } from "../../../ui/Button";
import { DataTable } from "../../../ui/DataTable";
import { Answer } from "../../frame/Answer";
import { meQuery } from "../../queries";
import { useToday } from "../../useNow";
import { AdminPage } from "../AdminPage";
import { MoreRows } from "../MoreRows";
import { TODAY } from "../searches";
import { usePages } from "../usePages";
import { AbsenceFilters } from "./AbsenceFilters";
import { AwaySheet } from "./AwaySheet";
import type { Noted } from "./away";
import { BackSheet } from "./BackSheet";
import { NotedNote } from "./NotedNote";
import { useAbsenceColumns } from "./useAbsenceColumns";

const route = getRouteApi("/admin/absences");

/** What is being noted: that somebody is away, or back. */
type Opened =
  | { readonly is: "away"; readonly row?: RepAbsences; readonly absence?: Absence | undefined }
  | { readonly is: "back"; readonly row: RepAbsences };

/** The page. */
export function Absences() {
  const { say } = useWords();
  const { data: me } = useSuspenseQuery(meQuery);
  const today = useToday(me.zone);
  const search = route.useSearch();
  const [opened, setOpened] = useState<Opened | null>(null);
  const [noted, setNoted] = useState<{ number: number; what: Noted } | null>(null);
  const list = usePages("absences", { ...search }, absences);
  const actions = useMemo(
    () => ({
      note: (row: RepAbsences, absence?: Absence) => setOpened({ is: "away", row, absence }),
      back: (row: RepAbsences) => setOpened({ is: "back", row }),
    }),
    [],
  );
  const day = search.on === undefined || search.on === TODAY ? today : search.on;
  const columns = useAbsenceColumns(today, day, actions);
  const close = () => setOpened(null);
  const sheet = {
    today,
    close,
    onNoted: (what: Noted) => {
      setNoted((before) => ({ number: (before?.number ?? 0) + 1, what }));
      close();
    },
  };
  const begin = (
    <Button variant="primary" onPress={() => setOpened({ is: "away" })}>
      <CalendarOff aria-hidden className="size-4" />
      {say("absences.note")}
    </Button>
  );
  const isFiltered = search.unit !== undefined || search.on !== undefined;
  // An administrator may see every unit there is.
  const isUnknown = search.unit !== undefined && list.error !== null && Problem.from(list.error).isForbidden;
  return (
    <AdminPage title={say("admin.absences")} actions={begin}>
      <p className="mb-3 max-w-3xl text-sm text-quiet">{say("absences.words")}</p>
      <AbsenceFilters search={search} today={today} />
      {noted && <NotedNote key={noted.number} noted={noted.what} />}
      {isUnknown ? (
        <p className="bg-sheet p-6 text-quiet" data-empty="">
          {say("person.unit-unknown")}
        </p>
      ) : (
        <Answer query={list}>
          {({ rows, total }) =>
            rows.length === 0 ? (
              <div className="grid justify-items-start gap-3 bg-sheet p-6 text-quiet" data-empty="">
                <p className="max-w-xl">{say(isFiltered ? "absences.empty-filtered" : "absences.empty")}</p>
                {!isFiltered && begin}
              </div>
            ) : (
              <>
                <div className="bg-sheet">
                  <DataTable label={say("admin.absences")} columns={columns} rows={rows} rowKey={(row) => row.rep} />
                </div>
                <MoreRows shown={rows.length} total={total} list={list} />
              </>
            )
          }
        </Answer>
      )}
      {opened?.is === "away" && <AwaySheet row={opened.row} absence={opened.absence} {...sheet} />}
      {opened?.is === "back" && <BackSheet row={opened.row} {...sheet} />}
    </AdminPage>
  );
}
