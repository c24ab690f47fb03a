/** What may come of a contact, and when the next one may be. Pure. */
import { addDays } from "../ui/moments";

/** The commonest first. */
export const OUTCOMES = ["met", "appointment", "absent", "thinking", "declined"] as const;

/** When one meets next. */
export const NEXT = ["tomorrow", "week", "calendar", "nothing"] as const;
/** One of them. */
export type Next = (typeof NEXT)[number];

/** The day of the next contact: nothing chosen leaves it as it is, `nothing` clears it. */
export function nextDay(next: Next | null, today: string, chosen: string): string | null | undefined {
  switch (next) {
    case null:
      return undefined;
    case "tomorrow":
      return addDays(today, 1);
    case "week":
      return addDays(today, 7);
    case "calendar":
      return chosen === "" ? undefined : chosen;
    case "nothing":
      return null;
  }
}
