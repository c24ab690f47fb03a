/** A policy, the figure one came from, and the entries that make that figure. */
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";

import { type Period, periodOf } from "../period";
import { meQuery, organisationQuery, policiesQuery, policyQuery } from "../queries";
import type { PolicySearch } from "../router";
import type { PolicyEntry, PolicyTrail } from "../types";
import { editKey } from "./names";
import { useToday } from "../useNow";

/** The days in which a policy has entries. */
function ownDays(entries: readonly PolicyEntry[], today: string): Period {
  const days = entries.map((entry) => entry.business_date).sort();
  return { from: days[0] ?? today, to: days.at(-1) ?? today };
}

/** Whether an entry counts for a unit on some days. */
export function countsIn(entry: PolicyEntry, unit: string, { from, to }: Period): boolean {
  const { region, branch, rep } = entry.unit_path;
  const isThere = unit === "nation" || [region, branch, rep].includes(unit);
  return isThere && from <= entry.business_date && entry.business_date <= to;
}

/** Policies and won of entries. */
export function sumOfEntries(entries: readonly PolicyEntry[]): { net: number; won: number } {
  const sum = { net: 0, won: 0 };
  for (const { count, won } of entries) {
    sum.net += count;
    sum.won += won;
  }
  return sum;
}

/** Everything the views of a policy and of its edits show. */
export function usePolicy(policy: string, search: PolicySearch) {
  const { data: me } = useSuspenseQuery(meQuery);
  const today = useToday(me.zone);
  const trail = useQuery(policyQuery(policy));
  const entries = trail.data?.entries ?? [];
  const unit = search.unit ?? trail.data?.rep ?? me.unit;
  const period = search.from ? periodOf(search, today) : ownDays(entries, today);
  const list = useQuery({ ...policiesQuery(unit, period), enabled: trail.isSuccess });
  const place = useQuery({ ...organisationQuery(unit, period.to), enabled: trail.isSuccess });
  const rows = list.data?.rows.filter((row) => row.policy === policy) ?? [];
  const counted = entries.filter((entry) => countsIn(entry, unit, period));
  const whole = list.data && {
    net: rows.reduce((sum, row) => sum + row.net, 0),
    won: rows.reduce((sum, row) => sum + row.premium_net_won, 0),
  };
  return { me, unit, period, trail, counted, whole, path: place.data?.path ?? [] };
}

/** The edit of a policy with this id. */
export function editOf(trail: PolicyTrail, change: string) {
  return trail.edits.find((edit) => editKey(edit) === change);
}
