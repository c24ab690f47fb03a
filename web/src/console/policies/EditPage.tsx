/** One edit: who made it, where and when, what it changed, and what that did to the figures. */
import { getRouteApi, Link } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import { SumCheck } from "../../ui/SumCheck";
import { Breadcrumbs } from "../frame/Breadcrumbs";
import { Failed } from "../frame/Failed";
import { NotHere } from "../frame/NotHere";
import { Skeleton } from "../frame/Skeleton";
import { EditFacts } from "./EditFacts";
import { EntryTable } from "./EntryTable";
import { FieldChanges } from "./FieldChanges";
import { editKey, shortId } from "./names";
import { editOf, sumOfEntries, usePolicy } from "./usePolicy";

const route = getRouteApi("/policy/$policy/edit/$change");

/** The page of an edit. */
export function EditPage() {
  const { say } = useWords();
  const { policy, change } = route.useParams();
  const search = route.useSearch();
  const { me, trail, counted, whole, path } = usePolicy(policy, search);
  if (trail.isError) return <Failed error={trail.error} unit={shortId(policy)} again={() => void trail.refetch()} />;
  if (trail.isPending) return <Skeleton />;
  const edit = editOf(trail.data, change);
  if (!edit) return <NotHere />;
  const own = counted.filter((entry) => editKey(entry.cause) === change);
  const others = counted.filter((entry) => editKey(entry.cause) !== change);
  const [ownSum, otherSum] = [sumOfEntries(own), sumOfEntries(others)];
  const both = { net: ownSum.net + otherSum.net, won: ownSum.won + otherSum.won };
  return (
    <article>
      <title>{`${say("edit.title")} ${shortId(change)} · ${say("app.name")}`}</title>
      <Breadcrumbs path={path} search={search} withLast />
      <p className="text-sm text-quiet">
        <Link to="/policy/$policy" params={{ policy }} search={search} data-up="" className="inline-block min-h-6 underline underline-offset-4">
          {trail.data.product_name} {shortId(policy)}
        </Link>
      </p>
      <h1 className="mb-4 text-[1.7rem] leading-tight font-semibold tracking-tight">
        {say("edit.title")} <span className="text-lg font-normal text-quiet">{shortId(change)}</span>
      </h1>
      <section className="mb-8 grid gap-x-8 gap-y-4 bg-sheet p-4 md:grid-cols-2">
        <EditFacts edit={edit} zone={me.zone} />
        <div className="text-sm">
          <h2 className="mb-1 font-semibold">{say("edit.fields")}</h2>
          <FieldChanges fields={edit.fields ?? []} />
        </div>
      </section>
      <h2 className="mb-2 font-semibold">{say("edit.entries")}</h2>
      <section className="bg-sheet">
        <EntryTable entries={own} policy={policy} search={search} zone={me.zone} />
        {whole && (
          <div className="grid gap-1 border-t px-3 py-2">
            {others.length > 0 && (
              <p className="text-sm text-quiet">{say("edit.others", { n: others.length, net: otherSum.net, won: otherSum.won })}</p>
            )}
            <SumCheck howMany={own.length + others.length} rows={both} whole={whole} />
          </div>
        )}
      </section>
    </article>
  );
}
