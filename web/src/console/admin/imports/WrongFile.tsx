/** A file that is none of the kind: in clear words, with what the hub says about it. */
import { FileX } from "lucide-react";

import { useWords } from "../../../messages/useWords";
import type { ImportKind } from "../../../sdk/administration";
import type { Problem } from "../../../sdk/problem";
import { Note } from "../../../ui/Note";
import { ProblemNote } from "../../../ui/ProblemNote";

/** Statuses by which the hub says that the file itself will not do. */
const OF_THE_FILE = [400, 413, 415, 422];

/** The words. */
export function WrongFile({ problem, name, kind }: { problem: Problem; name: string; kind: ImportKind }) {
  const { say } = useWords();
  if (!OF_THE_FILE.includes(problem.status)) return <ProblemNote problem={problem} />;
  return (
    <Note tone="bad">
      <p className="flex items-center gap-2 font-semibold" data-wrong-file="">
        <FileX aria-hidden className="size-4" />
        {say("import.wrong", { name, kind: say(`import.kind.${kind}`) })}
      </p>
      <p>{say("import.wrong.words")}</p>
      <p lang="en" className="text-quiet">
        {problem.message} ({problem.code})
      </p>
    </Note>
  );
}
