/** Who did what: filtered, taken along as a file, and checked for cuts. */
import { useMutation } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Download, ShieldCheck } from "lucide-react";

import { useWords } from "../../../messages/useWords";
import { audit, AUDIT_PATH, checkAudit } from "../../../sdk/administration";
import { takeDownload } from "../../../sdk/ask";
import { Problem } from "../../../sdk/problem";
import { Button } from "../../../ui/Button";
import { DataTable } from "../../../ui/DataTable";
import { ProblemNote } from "../../../ui/ProblemNote";
import { Answer } from "../../frame/Answer";
import { AdminPage } from "../AdminPage";
import { MoreRows } from "../MoreRows";
import { usePages } from "../usePages";
import { AuditFilters } from "./AuditFilters";
import { CheckNote } from "./CheckNote";
import { useAuditColumns } from "./useAuditColumns";

const route = getRouteApi("/admin/audit");

/** The page. */
export function AuditPage() {
  const { say } = useWords();
  const search = route.useSearch();
  const list = usePages("audit", { ...search }, audit);
  const columns = useAuditColumns();
  const check = useMutation({ mutationFn: checkAudit });
  // Korean spreadsheet programs know UTF-8 by its mark alone.
  const take = useMutation({
    mutationFn: () => takeDownload(AUDIT_PATH, { ...search, format: "csv" }, "audit.csv"),
  });
  return (
    <AdminPage
      title={say("admin.audit")}
      actions={
        <div className="flex flex-wrap gap-2 print:hidden">
          <Button isPending={check.isPending} onPress={() => check.mutate()}>
            <ShieldCheck aria-hidden className="size-4" />
            {say("audit.check")}
          </Button>
          <Button isPending={take.isPending} onPress={() => take.mutate()} data-export="">
            <Download aria-hidden className="size-4" />
            {say("export.csv")}
          </Button>
        </div>
      }
    >
      <div className="grid grid-cols-1 gap-3">
        {check.data && <CheckNote check={check.data} />}
        {check.isError && <ProblemNote problem={Problem.from(check.error)} />}
        {take.isError && <ProblemNote problem={Problem.from(take.error)} />}
        <AuditFilters search={search} />
        <Answer query={list}>
          {({ rows, total }) =>
            rows.length === 0 ? (
              <p className="bg-sheet p-6 text-quiet" data-empty="">
                {say("audit.empty")}
              </p>
            ) : (
              <div>
                <div className="bg-sheet">
                  <DataTable
                    label={say("admin.audit")}
                    columns={columns}
                    rows={rows}
                    rowKey={(row) => String(row.number)}
                  />
                </div>
                <MoreRows shown={rows.length} total={total} list={list} />
              </div>
            )
          }
        </Answer>
      </div>
    </AdminPage>
  );
}
