/** What came after a day was closed, item by item, to zero. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import { count, wonExact } from "../../ui/numbers";
import { SumCheck } from "../../ui/SumCheck";
import { Failed } from "../frame/Failed";
import { useKindName } from "../policies/useKindName";
import { shortId } from "../policies/names";
import { momentIn } from "../days";
import { explanationQuery } from "../queries";

/** The entries between the stamp and now. */
export function After({ unit, day, zone }: { unit: string; day: string; zone: string }) {
  const { say, language } = useWords();
  const kindName = useKindName();
  const after = useQuery(explanationQuery(unit, day));
  if (after.isError) return <Failed error={after.error} again={() => void after.refetch()} />;
  if (after.isPending) return <p role="status">{say("state.loading")}</p>;
  const { entries, difference } = after.data;
  const sum = { net: 0, won: 0 };
  for (const entry of entries) {
    sum.net += entry.count;
    sum.won += entry.won;
  }
  return (
    <div className="mt-2 md:col-span-5" data-after={day}>
      {entries.length === 0 ? (
        <p className="text-quiet">{say("closings.nothing-after")}</p>
      ) : (
        <ul className="divide-y border-y">
          {entries.map((entry, index) => (
            <li key={index} className="flex flex-wrap gap-x-4 py-1">
              <span className="w-28">{kindName(entry.kind)}</span>
              <Link
                to="/policy/$policy"
                params={{ policy: entry.policy }}
                className="inline-block min-h-6 underline underline-offset-4"
              >
                {shortId(entry.policy)}
              </Link>
              <span className="text-quiet">
                {entry.region} / {entry.branch} / {entry.rep}
              </span>
              <span className="text-quiet">{momentIn(zone, Date.parse(entry.arrived))}</span>
              <span className="ml-auto">
                {say("sum.both", { n: entry.count, net: count(entry.count, language), won: wonExact(entry.won, language) })}
              </span>
            </li>
          ))}
        </ul>
      )}
      <div className="pt-2">
        <SumCheck howMany={entries.length} rows={sum} whole={{ net: difference.net, won: difference.premium_net_won }} />
      </div>
    </div>
  );
}
