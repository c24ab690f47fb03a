/** What came of a visit or a call, and when one meets next. */
import { type SyntheticEvent, useState } from "react";
import { useLocation, useParams, useSearch, useSearchParams } from "wouter";

import { useAct } from "../book/useAct";
import { useAnswer } from "../book/useAnswer";
import { Page } from "../frame/Page";
import { Chips } from "../ui/Chips";
import { Field } from "../ui/Field";
import { TextArea } from "../ui/TextArea";
import { useUnsaved } from "../update/UpdateContext";
import { useSay } from "../words/useSay";
import { CustomerPicker } from "./CustomerPicker";
import { Dictate } from "./Dictate";
import { NEXT, nextDay, type Next, OUTCOMES } from "./outcomes";
import { SaveBar } from "./SaveBar";
import { withHeard } from "./speech";

/** The page; another address begins it anew. */
export default function ContactPage() {
  const [path] = useLocation();
  return <ContactForm key={`${path}?${useSearch()}`} />;
}

/** The form; the commonest outcome is chosen already. */
function ContactForm() {
  const { say } = useSay();
  const act = useAct();
  const [, go] = useLocation();
  const channel = useParams<{ channel: string }>().channel === "call" ? "call" : "visit";
  const [search] = useSearchParams();
  const from = search.get("customer");
  const [customer, setCustomer] = useState(from);
  const [outcome, setOutcome] = useState<(typeof OUTCOMES)[number]>("met");
  const [next, setNext] = useState<Next | null>(null);
  const [date, setDate] = useState("");
  const [note, setNote] = useState("");
  const [isSaving, setSaving] = useState(false);
  const day = useAnswer("today").value?.day;
  useUnsaved(note !== "" || next !== null);
  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (isSaving || customer === null || !day) return;
    setSaving(true);
    const nextContactOn = nextDay(next, day, date);
    const contact = {
      customer,
      channel,
      outcome: say(`outcome.${outcome}`),
      ...(note.trim() ? { note: note.trim() } : {}),
      ...(nextContactOn === undefined ? {} : { nextContactOn }),
    } as const;
    const done = await act((book) => book.call("logContact", contact), "toast.saved");
    setSaving(false);
    if (done) go(from ? `/customers/${from}` : "/", { replace: true });
  };
  return (
    <Page title={say(`contact.title.${channel}`)} back={from ? `/customers/${from}` : "/"}>
      <form className="grid gap-5" onSubmit={(event) => void submit(event)}>
        <CustomerPicker id={customer} onChoose={setCustomer} />
        <Chips label={say("contact.outcome")} chips={OUTCOMES.map((value) => ({ value, words: say(`outcome.${value}`) }))} value={outcome} onChange={setOutcome} />
        <Chips label={say("contact.next")} chips={NEXT.map((value) => ({ value, words: say(`next.${value}`) }))} value={next} onChange={setNext} />
        {next === "calendar" && <Field label={say("next.date")} name="next" type="date" min={day} required value={date} onChange={(event) => setDate(event.target.value)} />}
        <div className="grid gap-2">
          <TextArea label={say("contact.note")} name="note" autoComplete="off" value={note} onChange={(event) => setNote(event.target.value)} />
          <Dictate onHeard={(heard) => setNote((typed) => withHeard(typed, heard))} />
        </div>
        <SaveBar missing={customer === null ? say("sale.need.customer") : null} isBusy={isSaving} />
      </form>
    </Page>
  );
}
