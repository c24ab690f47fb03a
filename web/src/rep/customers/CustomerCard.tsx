/** All about one customer. */
import { MessageSquare, Phone } from "lucide-react";

import { useAnswer } from "../book/useAnswer";
import { problemWords } from "../book/problemWords";
import { ClashCard } from "../clash/ClashCard";
import { useChoices } from "../clash/useChoices";
import { buttonClass } from "../ui/buttonClass";
import { ageOn } from "../ui/moments";
import { StateDot } from "../ui/StateDot";
import { fieldName } from "../words/names";
import { useSay } from "../words/useSay";
import { ActivityTab } from "./ActivityTab";
import { CardActions } from "./CardActions";
import { CardTabs } from "./CardTabs";
import { DetailsTab } from "./DetailsTab";
import { FamilyTab } from "./FamilyTab";
import { entriesOf, textOf } from "./fields";
import { HistoryTab } from "./HistoryTab";
import { NextStep } from "./NextStep";
import { NotesTab } from "./NotesTab";
import { smsLink, telLink } from "./phones";
import { PoliciesTab } from "./PoliciesTab";
import type { Tab } from "./tabs";

/** The card: who it is, what comes next, and the part that is asked for. */
export function CustomerCard({ id, tab }: { id: string; tab: Tab }) {
  const { say } = useSay();
  const { value: kept, problem } = useAnswer("document", { id });
  const { settle, asChosen } = useChoices();
  const day = useAnswer("today").value?.day;
  if (!kept) return <p>{problem ? problemWords(problem, say) : ""}</p>;
  const customer = asChosen(kept);
  const name = textOf(customer, "name");
  const phone = entriesOf(customer, "phone").map(({ value }) => String(value))[0];
  const age = day ? ageOn(textOf(customer, "birth_date") || null, day) : null;
  const address = ["state", "city", "street", "detail"].map((part) => textOf(customer, `address.${part}`)).filter(Boolean).join(" ");
  return (
    <article data-card={id} className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <header className="grid gap-1">
        <div className="flex flex-wrap items-baseline gap-x-3">
          <h2 data-card-name className="line-clamp-3 min-w-0 text-xl font-semibold wrap-anywhere">
            {name}
          </h2>
          {age !== null && <span className="text-quiet">{say("row.age", { n: age })}</span>}
          <StateDot state={customer.state} />
        </div>
        {address && <p className="text-quiet wrap-anywhere">{address}</p>}
        {phone && (
          <div className="mt-1 flex flex-wrap gap-2">
            <a href={telLink(phone)} className={buttonClass("plain")}>
              <Phone aria-hidden className="size-5" />
              {say("contact.call")} <span className="sr-only">{phone}</span>
            </a>
            <a href={smsLink(phone)} className={buttonClass("plain")}>
              <MessageSquare aria-hidden className="size-5" />
              {say("contact.message")}
            </a>
          </div>
        )}
      </header>
      {customer.clashes.map((clash) => (
        <ClashCard key={clash.field} clash={clash} onChoose={settle} />
      ))}
      {customer.problems.map(({ code, field, blocking }) => (
        <p key={`${code} ${field}`} data-problem={code} className={blocking ? "bg-bad-well px-3 py-2 text-bad" : "bg-warn-well px-3 py-2 text-warn"}>
          {say(blocking ? "card.problem.blocking" : "card.problem", { field: fieldName(field, say), code })}
        </p>
      ))}
      <NextStep customer={customer} day={day} />
      <CardTabs id={id} tab={tab} />
      <section aria-label={say(`tab.${tab}`)}>
        {tab === "activity" && <ActivityTab id={id} />}
        {tab === "policies" && <PoliciesTab id={id} />}
        {tab === "family" && <FamilyTab customer={customer} />}
        {tab === "notes" && <NotesTab customer={customer} />}
        {tab === "details" && <DetailsTab customer={customer} />}
        {tab === "history" && <HistoryTab id={id} />}
      </section>
      <CardActions id={id} />
    </article>
  );
}
