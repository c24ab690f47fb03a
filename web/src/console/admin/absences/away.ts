/** What absences come to: who is away, what may be noted, and what takes it back. Pure. */
import type { Absence, Noting, RepAbsences } from "../../../sdk/administration";

/** The most bytes of a reason that the hub takes. */
const REASON_BYTES = 200;
/** Behind every day that anybody notes. */
const NEVER = "9999-12-31";

/** Days, up to nobody knows when where there is no last one. */
export interface Days {
  readonly from: string;
  readonly to?: string | null;
}

const lastOf = ({ to }: Days) => to ?? NEVER;

/** Whether a day is one of the days. */
export function covers(days: Days, day: string): boolean {
  return days.from <= day && day <= lastOf(days);
}

function meets(one: Days, other: Days): boolean {
  return covers(one, other.from) || covers(other, one.from);
}

/** How it stands with a rep: away, away from some later day on, or back. */
export type Standing = { readonly is: "away" | "back" } | { readonly is: "planned"; readonly from: string };

export function standingOf(absences: readonly Absence[], today: string): Standing {
  if (absences.some((absence) => covers(absence, today))) return { is: "away" };
  const next = absences.find(({ from }) => from > today);
  return next ? { is: "planned", from: next.from } : { is: "back" };
}

/** Absences as a list shows them: what is not over on a day, or else the newest; and those before, newest first. */
export function parted(absences: readonly Absence[], day: string): { shown: Absence[]; earlier: Absence[] } {
  const shown = absences.filter((absence) => lastOf(absence) >= day);
  const earlier = absences.filter((absence) => lastOf(absence) < day).reverse();
  return shown.length > 0 ? { shown, earlier } : { shown: earlier.slice(0, 1), earlier: earlier.slice(1) };
}

/** The day somebody is back on, as a rule: today; an absence that is still to come is taken out whole. */
export function usualBack(absences: readonly Absence[], today: string): string {
  const standing = standingOf(absences, today);
  return standing.is === "planned" ? standing.from : today;
}

/** What was typed of an absence. */
export interface AwayDraft {
  readonly rep: string;
  readonly from: string;
  /** Empty: nobody knows yet. */
  readonly to: string;
  readonly reason: string;
}

/** An absence as the hub takes it. */
export type Away = NonNullable<Noting["absent"]>;

export function absentOf({ from, to, reason }: AwayDraft): Away {
  return { from, to: to === "" ? null : to, reason: reason.trim() };
}

/** Why what was typed will not be taken, as far as one can know here. */
export type Hindrance = { readonly is: "backwards" | "reason" } | { readonly is: "overlap"; readonly with: Absence };

export function hindranceOf(draft: AwayDraft, known: readonly Absence[]): Hindrance | null {
  const absent = absentOf(draft);
  if (absent.to && absent.to < absent.from) return { is: "backwards" };
  if (new TextEncoder().encode(absent.reason).length > REASON_BYTES) return { is: "reason" };
  // One from the same day is replaced.
  const met = absent.from !== "" && known.find((other) => other.from !== absent.from && meets(other, absent));
  return met ? { is: "overlap", with: met } : null;
}

/** The absence that some days replace or run into; of several, which are in order, the first. */
export function counterpartOf(days: Days, known: readonly Absence[]): Absence | undefined {
  return known.find((other) => meets(other, days));
}

/** Something that was noted, with what stood there before and after. */
export interface Noted {
  readonly noting: Noting;
  /** Null: nothing was noted of the rep. */
  readonly before: RepAbsences | null;
  readonly after: RepAbsences;
}

/** The absence that was taken out whole, where that was noted: it did not begin before the day somebody is back on. */
export function takenOut({ noting, before }: Noted): Absence | undefined {
  return before?.absences.find(({ from }) => from === noting.back);
}

/** What takes it back, if nobody noted anything since. */
export function undoOf({ noting, before, after }: Noted): Noting {
  const { rep, version } = after;
  const known = before?.absences ?? [];
  const { absent, back } = noting;
  const was = absent
    ? known.find(({ from }) => from === absent.from)
    : known.find((absence) => back != null && covers(absence, back));
  if (was) return { rep, version, absent: { from: was.from, to: was.to ?? null, reason: was.reason ?? "" } };
  return { rep, version, back: absent?.from ?? back ?? null };
}
