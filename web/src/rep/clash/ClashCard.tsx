/** Two values of one field, written at the same time: both, with who and when; one tap settles it. */
import { TriangleAlert } from "lucide-react";
import { type SyntheticEvent, useState } from "react";

import { useAct } from "../book/useAct";
import type { Clash, FieldValue } from "../engine/contract";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { useNow } from "../ui/useNow";
import { holdWhileComposing } from "../ui/typing";
import { fieldName } from "../words/names";
import { useSay } from "../words/useSay";
import { ClashValue } from "./ClashValue";

/** The card; `onChoose` takes one of the values. */
export function ClashCard({ clash, onChoose }: { clash: Clash; onChoose: (clash: Clash, value: FieldValue) => void }) {
  const { say } = useSay();
  const act = useAct();
  const nowMs = useNow();
  const [own, setOwn] = useState<string | null>(null);
  const isText = clash.values.every(({ value }) => typeof value === "string");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const value = own?.trim();
    // What somebody typed is saved at once.
    if (value) void act((book) => book.call("settle", { document: clash.document, field: clash.field, value }), "clash.settled");
  };
  return (
    <article data-clash={clash.field} aria-label={say("clash.label", { title: clash.title })} className="grid gap-3 border border-warn bg-sheet p-4">
      <header>
        <p className="flex items-center gap-2 font-semibold text-warn">
          <TriangleAlert aria-hidden className="size-5 shrink-0" />
          {say("clash.title", { n: clash.values.length })}
        </p>
        <p className="wrap-anywhere">{say("clash.where", { title: clash.title, field: fieldName(clash.field, say) })}</p>
      </header>
      <ul className="grid gap-2">
        {clash.values.map((value, index) => (
          <ClashValue key={index} field={clash.field} value={value} nowMs={nowMs} onChoose={() => onChoose(clash, value.value)} />
        ))}
      </ul>
      {isText && own === null && (
        <Button data-clash-other weight="quiet" className="justify-self-start" onClick={() => setOwn("")}>
          {say("clash.other")}
        </Button>
      )}
      {own !== null && (
        <form className="flex flex-wrap items-end gap-2" onSubmit={submit} onKeyDown={holdWhileComposing}>
          <Field className="min-w-0 flex-1 basis-40" label={say("clash.other.label")} value={own} onChange={(event) => setOwn(event.target.value)} />
          <Button type="submit" weight="main">
            {say("action.save")}
          </Button>
        </form>
      )}
    </article>
  );
}
