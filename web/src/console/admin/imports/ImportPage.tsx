/** Taking over a file: what it would do first, then doing it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { useWords } from "../../../messages/useWords";
import { IMPORT_KINDS, type ImportKind, importFile, type Version } from "../../../sdk/administration";
import { Problem } from "../../../sdk/problem";
import { Button } from "../../../ui/Button";
import { Note } from "../../../ui/Note";
import { ProblemNote } from "../../../ui/ProblemNote";
import { Segments } from "../../../ui/Segments";
import { AdminPage } from "../AdminPage";
import { ReportView } from "../ReportView";
import { FileDrop } from "./FileDrop";
import { WrongFile } from "./WrongFile";

const route = getRouteApi("/admin/import");

/** The page. */
export function ImportPage() {
  const { say } = useWords();
  const { kind = "org" } = route.useSearch();
  const navigate = useNavigate();
  return (
    <AdminPage title={say("admin.import")}>
      <div className="grid grid-cols-1 gap-5">
        <Segments
          label={say("import.kind")}
          segments={IMPORT_KINDS.map((value) => ({ value, words: say(`import.kind.${value}`) }))}
          value={kind}
          onChange={(value) => void navigate({ to: "/admin/import", search: { kind: value }, replace: true })}
        />
        <p className="max-w-3xl text-sm text-quiet">{say(`import.columns.${kind}`)}</p>
        <OneImport key={kind} kind={kind} />
      </div>
    </AdminPage>
  );
}

/** Three steps: choose, look, apply. */
function OneImport({ kind }: { kind: ImportKind }) {
  const { say } = useWords();
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const look = useMutation({ mutationFn: (chosen: File) => importFile(kind, chosen, { dry_run: true }) });
  const apply = useMutation({
    mutationFn: ({ chosen, version }: { chosen: File; version: Version }) =>
      importFile(kind, chosen, { dry_run: false, version }),
    onSuccess: () => client.invalidateQueries(),
    // Somebody changed the same things: what the file would do now is another thing, and is shown.
    onError: (thrown, { chosen }) => Problem.from(thrown).isChangedMeanwhile && look.mutate(chosen),
  });
  const choose = (chosen: File) => {
    setFile(chosen);
    apply.reset();
    look.mutate(chosen);
  };
  const report = apply.data ?? look.data;
  // An answer with problems did nothing: they are shown in place of what was looked at.
  const isDone = apply.data !== undefined && apply.data.problems.length === 0;
  const mayApply = report && report.problems.length === 0 && report.diff.length > 0;
  return (
    <>
      <FileDrop file={file} isBusy={look.isPending} onChosen={choose} />
      {look.isError && <WrongFile problem={Problem.from(look.error)} name={file?.name ?? ""} kind={kind} />}
      {apply.isError && <ProblemNote problem={Problem.from(apply.error)} />}
      {isDone ? (
        <>
          <Note tone="good">
            {say("import.applied", { name: file?.name ?? "", made: apply.data.new, changed: apply.data.changed })}
          </Note>
          <ReportView report={apply.data} />
        </>
      ) : (
        report && (
          <>
            <ReportView report={report} />
            {mayApply && file && (
              <div className="grid justify-items-start gap-2">
                <p className="text-sm text-quiet">{say("import.dry")}</p>
                <Button
                  variant="primary"
                  isPending={apply.isPending}
                  isDisabled={look.isPending}
                  onPress={() => apply.mutate({ chosen: file, version: report.version })}
                >
                  {say("import.apply")}
                </Button>
              </div>
            )}
          </>
        )
      )}
    </>
  );
}
