/** The organisation on a day, and orders that change it from a day on. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";

import { useWords } from "../../../messages/useWords";
import { Field } from "../../../ui/Field";
import { FIELD } from "../../../ui/fieldClass";
import { NATION } from "../../levels";
import { meQuery } from "../../queries";
import { useToday } from "../../useNow";
import { AdminPage } from "../AdminPage";
import type { OrganisationSearch } from "../searches";
import { GiveOrder } from "./GiveOrder";
import { UnitTree } from "./UnitTree";

const route = getRouteApi("/admin/organisation");

/** The page: the tree on the left, the order on the right. */
export function OrganisationPage() {
  const { say } = useWords();
  const { data: me } = useSuspenseQuery(meQuery);
  const today = useToday(me.zone);
  const search = route.useSearch();
  const navigate = useNavigate();
  const on = search.on ?? today;
  const go = (change: OrganisationSearch) =>
    void navigate({ to: "/admin/organisation", search: { ...search, ...change }, replace: true, resetScroll: false });
  return (
    <AdminPage
      title={say("admin.organisation")}
      actions={
        <Field label={say("organisation.on")}>
          <input
            type="date"
            name="on"
            className={FIELD}
            value={on}
            onChange={(event) => event.target.value && go({ on: event.target.value === today ? undefined : event.target.value })}
          />
        </Field>
      }
    >
      <div className="grid grid-cols-1 items-start gap-8 lg:grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)]">
        <section aria-label={say("organisation.tree")}>
          <p className="mb-2 text-sm text-quiet">{say("organisation.words")}</p>
          <UnitTree on={on} chosen={search.unit} onChosen={(unit) => go({ unit })} />
        </section>
        <GiveOrder unit={search.unit === NATION ? undefined : search.unit} today={today} />
      </div>
    </AdminPage>
  );
}
