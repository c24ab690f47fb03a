/** Notes about a customer: lines are added, what others wrote stays. */
import { type SyntheticEvent, useState } from "react";

import { useAct } from "../book/useAct";
import type { DocumentView } from "../engine/contract";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { TextArea } from "../ui/TextArea";
import { useUnsaved } from "../update/UpdateContext";
import { useSay } from "../words/useSay";
import { textOf } from "./fields";

/** The notes and a place to add to them. */
export function NotesTab({ customer }: { customer: DocumentView }) {
  const { say } = useSay();
  const act = useAct();
  const [line, setLine] = useState("");
  useUnsaved(line !== "");
  const notes = textOf(customer, "notes");
  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    const typed = line.trim();
    if (typed === "") return;
    const operations = [{ op: "append", field: "notes", line: typed } as const];
    if (await act((book) => book.call("edit", { id: customer.id, operations }), "toast.saved")) setLine("");
  };
  return (
    <div className="grid gap-4 py-2">
      {notes === "" ? <Empty words={say("notes.empty")} /> : <p data-notes className="whitespace-pre-wrap wrap-anywhere">{notes}</p>}
      <form className="grid gap-2" onSubmit={(event) => void submit(event)}>
        <TextArea label={say("notes.add")} value={line} onChange={(event) => setLine(event.target.value)} />
        <Button weight="main" type="submit" className="justify-self-start">
          {say("action.save")}
        </Button>
      </form>
    </div>
  );
}
