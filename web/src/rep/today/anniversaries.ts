/** Policies whose year comes round soon. Pure. */
import type { PolicyRow } from "../engine/contract";
import { addDays } from "../ui/moments";

/** Days ahead that are looked at, today included. */
const DAYS_AHEAD = 14;

/** What a policy's record says while it is in force; one without a record is. */
const IN_FORCE: readonly (string | null)[] = [null, "in_force", "reinstated"];

/** A day on which a policy has lasted whole years. */
export interface Anniversary {
  readonly policy: PolicyRow;
  readonly on: string;
  readonly years: number;
}

/** The day of a year on which a sale comes round: of 29 February, the 28th where there is no other. */
function dayIn(year: number, saleDate: string): string {
  const day = `${String(year).padStart(4, "0")}${saleDate.slice(4)}`;
  const isThere = new Date(`${day}T12:00:00Z`).toISOString().startsWith(day);
  return isThere ? day : `${day.slice(0, 8)}28`;
}

/** When a sale comes round on a day or after it, for the first time since it was made. */
export function anniversaryFrom(saleDate: string, day: string): { on: string; years: number } | null {
  if (!/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(saleDate)) return null;
  const [sold, now] = [Number(saleDate.slice(0, 4)), Number(day.slice(0, 4))];
  const year = [now, now + 1].find((year) => year > sold && dayIn(year, saleDate) >= day);
  return year === undefined ? null : { on: dayIn(year, saleDate), years: year - sold };
}

/** Those of policies in force that come within two weeks, the next first. */
export function comingAnniversaries(policies: readonly PolicyRow[], day: string): Anniversary[] {
  const last = addDays(day, DAYS_AHEAD);
  const found: Anniversary[] = [];
  for (const policy of policies) {
    if (policy.withdrawnOn !== null || !IN_FORCE.includes(policy.status)) continue;
    const next = anniversaryFrom(policy.saleDate, day);
    if (next && next.on <= last) found.push({ policy, ...next });
  }
  return found.sort((one, other) => one.on.localeCompare(other.on) || one.policy.id.localeCompare(other.policy.id));
}
