/** A policy: what it adds to the figures, entry by entry, and the edit behind each. */
import { getRouteApi } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import { SumCheck } from "../../ui/SumCheck";
import { Breadcrumbs } from "../frame/Breadcrumbs";
import { Failed } from "../frame/Failed";
import { Skeleton } from "../frame/Skeleton";
import { EditList } from "./EditList";
import { EntryTable } from "./EntryTable";
import { shortId } from "./names";
import { sumOfEntries, usePolicy } from "./usePolicy";

const route = getRouteApi("/policy/$policy");

/** The page of a policy. */
export function PolicyPage() {
  const { say } = useWords();
  const { policy } = route.useParams();
  const search = route.useSearch();
  const { me, period, trail, counted, whole, path } = usePolicy(policy, search);
  if (trail.isError) return <Failed error={trail.error} unit={shortId(policy)} again={() => void trail.refetch()} />;
  if (trail.isPending) return <Skeleton />;
  const { edits } = trail.data;
  const product_name = trail.data.product_name ?? say("policies.policy");
  return (
    <article>
      <title>{`${product_name} ${shortId(policy)} · ${say("app.name")}`}</title>
      <Breadcrumbs path={path} search={search} withLast />
      <h1 className="text-[1.7rem] leading-tight font-semibold tracking-tight">
        {product_name} <span className="text-lg font-normal text-quiet">{shortId(policy)}</span>
      </h1>
      <p className="mb-6 text-quiet">{say("policy.sold-by", { rep: trail.data.rep_name ?? "·", days: period.from === period.to ? period.from : `${period.from} – ${period.to}` })}</p>
      <h2 className="mb-2 font-semibold">{say("policy.entries")}</h2>
      <section className="mb-8 bg-sheet">
        <EntryTable entries={counted} policy={policy} search={search} zone={me.zone} />
        {whole && (
          <div className="border-t px-3 py-2">
            <SumCheck howMany={counted.length} rows={sumOfEntries(counted)} whole={whole} />
          </div>
        )}
      </section>
      <h2 className="mb-2 font-semibold">{say("policy.edits")}</h2>
      <EditList edits={edits} policy={policy} search={search} zone={me.zone} />
    </article>
  );
}
