/** For whom: found while one types. */
import { useState } from "react";
import { Link } from "wouter";

import { useAnswer } from "../book/useAnswer";
import { SearchBox } from "../customers/SearchBox";
import { Button } from "../ui/Button";
import { buttonClass } from "../ui/buttonClass";
import { useSay } from "../words/useSay";

/** Names offered at once. */
const OFFERED = 6;

/** The one that was chosen, or the search. */
export function CustomerPicker({ id, onChoose }: { id: string | null; onChoose: (id: string | null) => void }) {
  const { say } = useSay();
  return (
    <section aria-label={say("field.customer")} className="grid gap-2">
      <h2 className="font-medium">{say("field.customer")}</h2>
      {id ? <Chosen id={id} change={() => onChoose(null)} /> : <Search onChoose={onChoose} />}
    </section>
  );
}

function Chosen({ id, change }: { id: string; change: () => void }) {
  const { say } = useSay();
  const name = useAnswer("document", { id }).value?.fields["name"];
  return (
    <div data-chosen={id} className="flex items-center justify-between gap-2 border border-accent bg-tint px-4">
      <span className="line-clamp-2 min-w-0 font-semibold wrap-anywhere">{typeof name === "string" ? name : ""}</span>
      <Button weight="quiet" onClick={change}>
        {say("pick.change")}
      </Button>
    </div>
  );
}

function Search({ onChoose }: { onChoose: (id: string) => void }) {
  const { say } = useSay();
  const [text, setText] = useState("");
  const found = useAnswer("customers", { text, offset: 0, limit: OFFERED }).value?.rows;
  const rows = found ?? [];
  const first = rows[0];
  return (
    <>
      <SearchBox text={text} onChange={setText} onEnter={() => first && onChoose(first.id)} />
      <ul className="grid gap-px">
        {rows.map((row) => (
          <li key={row.id}>
            <button
              type="button"
              data-offered={row.id}
              className="flex min-h-12 w-full items-center justify-between gap-3 border-b border-line px-2 text-left active:bg-well"
              onClick={() => onChoose(row.id)}
            >
              <span className="truncate font-medium">{row.name}</span>
              <span className="shrink-0 text-sm text-quiet">{row.birthDate?.slice(0, 4)}</span>
            </button>
          </li>
        ))}
      </ul>
      {found?.length === 0 && (
        <Link href="/new-customer" className={buttonClass("plain")}>
          {say("customers.add")}
        </Link>
      )}
    </>
  );
}
