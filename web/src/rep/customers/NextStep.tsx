/** What comes next with a customer, pinned above everything else. */
import { CalendarClock } from "lucide-react";
import { type SyntheticEvent, useState } from "react";

import { useAct } from "../book/useAct";
import type { DocumentView, Operation } from "../engine/contract";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { dayWords, daysBetween } from "../ui/moments";
import { holdWhileComposing } from "../ui/typing";
import { useUnsaved } from "../update/UpdateContext";
import { useSay } from "../words/useSay";
import { textOf } from "./fields";

/** The date and the words; a press changes them. */
export function NextStep({ customer, day }: { customer: DocumentView; day: string | undefined }) {
  const { say, language } = useSay();
  const [isOpen, setOpen] = useState(false);
  const on = textOf(customer, "next_contact_on");
  const what = textOf(customer, "next_contact");
  const isLate = day !== undefined && on !== "" && daysBetween(on, day) > 0;
  if (isOpen) return <NextStepForm id={customer.id} on={on} what={what} close={() => setOpen(false)} />;
  return (
    <div data-next-step className={`flex flex-wrap items-center gap-x-3 border px-3 py-1 ${isLate ? "border-warn" : "border-line"} bg-sheet`}>
      <CalendarClock aria-hidden className="size-5 shrink-0 text-accent" />
      <p className="min-w-0 flex-1 basis-40 wrap-anywhere">
        {on ? say(isLate ? "next.late" : "next.on", { day: dayWords(on, language) }) : say("next.none")}
        {what && ` · ${what}`}
      </p>
      <Button weight="quiet" onClick={() => setOpen(true)}>
        {say(on || what ? "action.edit" : "next.set")}
      </Button>
    </div>
  );
}

function NextStepForm({ id, on, what, close }: { id: string; on: string; what: string; close: () => void }) {
  const { say } = useSay();
  const act = useAct();
  const [date, setDate] = useState(on);
  const [words, setWords] = useState(what);
  useUnsaved(date !== on || words !== what);
  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    const operations: Operation[] = [];
    if (date !== on) operations.push({ op: "set", field: "next_contact_on", value: date || null });
    if (words !== what) operations.push({ op: "set", field: "next_contact", value: words.trim() || null });
    if (operations.length === 0 || (await act((book) => book.call("edit", { id, operations }), "toast.saved"))) close();
  };
  return (
    <form className="grid gap-3 border border-edge bg-sheet p-3" onSubmit={(event) => void submit(event)} onKeyDown={holdWhileComposing}>
      <Field label={say("next.date")} type="date" value={date} onChange={(event) => setDate(event.target.value)} />
      <Field label={say("next.what")} value={words} onChange={(event) => setWords(event.target.value)} />
      <div className="flex flex-wrap gap-2">
        <Button weight="main" type="submit">
          {say("action.save")}
        </Button>
        <Button onClick={close}>{say("action.cancel")}</Button>
      </div>
    </form>
  );
}
