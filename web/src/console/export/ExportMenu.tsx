/** Taking what is on the screen along: CSV, Excel, paper. Same filter, same totals. */
import { Download } from "lucide-react";
import { useState } from "react";
import { MenuTrigger } from "react-aria-components";

import { useWords } from "../../messages/useWords";
import { Problem } from "../../sdk/problem";
import { Button } from "../../ui/Button";
import { Choices } from "../../ui/Choices";
import type { Place } from "../frame/UnitPage";
import type { Split } from "../board/split";
import { takeFile } from "./takeFile";

/** The menu. */
export function ExportMenu({ place, by }: { place: Place; by?: Split | undefined }) {
  const { say } = useWords();
  const [problem, setProblem] = useState<Problem | null>(null);
  const { unit, period, level, below } = place;
  const choose = (id: string) => {
    setProblem(null);
    if (id === "print") return print();
    const question = { unit, ...period, level: by || !below ? level : below, ...(by ? { by } : {}) };
    takeFile(question, id === "xlsx" ? "xlsx" : "csv").catch((thrown: unknown) => setProblem(Problem.from(thrown)));
  };
  return (
    <>
      <MenuTrigger>
        <Button data-export="">
          <Download aria-hidden className="size-4" />
          {say("export.title")}
        </Button>
        <Choices
          label={say("export.title")}
          items={[
            { id: "xlsx", words: say("export.xlsx") },
            { id: "csv", words: say("export.csv") },
            { id: "print", words: say("export.print") },
          ]}
          onChoose={choose}
        />
      </MenuTrigger>
      <span role="status" className="text-sm text-bad">
        {problem && `${say("export.failed")} (${problem.code})`}
      </span>
    </>
  );
}
