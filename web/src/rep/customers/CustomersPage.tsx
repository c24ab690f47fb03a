/** Customers: the list, and the card of one. On wide screens side by side. */
import { useParams } from "wouter";

import { Page } from "../frame/Page";
import { useWide } from "../ui/useWide";
import { useSay } from "../words/useSay";
import { CustomerCard } from "./CustomerCard";
import { CustomerList } from "./CustomerList";
import { tabOf } from "./tabs";

/** Both, or the one that was asked for. */
export default function CustomersPage() {
  const { say } = useSay();
  const { id, tab } = useParams<{ id?: string; tab?: string }>();
  const isWide = useWide();
  if (!isWide) {
    return (
      <Page title={say(id ? "card.title" : "nav.customers")} {...(id ? { back: "/customers" } : {})}>
        {id ? <CustomerCard key={id} id={id} tab={tabOf(tab)} /> : <CustomerList />}
      </Page>
    );
  }
  return (
    <Page title={say("nav.customers")} isWide>
      <div className="grid grid-cols-[minmax(0,24rem)_minmax(0,1fr)] gap-8">
        <CustomerList chosen={id} />
        <div className="sticky top-4 max-h-[calc(100dvh-2rem)] self-start overflow-y-auto">
          {id ? <CustomerCard key={id} id={id} tab={tabOf(tab)} /> : <p className="py-6 text-quiet">{say("card.choose")}</p>}
        </div>
      </div>
    </Page>
  );
}
