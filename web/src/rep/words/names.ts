/** Names of fields and of what stands in them. Pure. */
import { type Language } from "../../messages/language";
import { wonExact } from "../../ui/numbers";
import type { FieldValue } from "../engine/contract";
import { dayWords } from "../ui/moments";
import type { Say } from "./useSay";
import type { WordId } from "./words";

/** Fields that have words of ours; what a company added is shown as it is. */
const FIELDS = [
  "name", "birth_date", "gender", "occupation", "phone", "email", "household", "tag", "notes", "contact", "visits", "source",
  "archived_on", "next_contact_on", "next_contact", "address.street", "address.detail", "address.city", "address.state",
  "address.zip", "work_address.street", "work_address.detail", "work_address.city", "work_address.state", "work_address.zip",
  "consent.marketing", "consent.third_party", "customer", "product", "premium_won", "payment_mode", "sale_date",
  "application_date", "certificate_date", "withdrawn_on", "status",
] as const satisfies readonly string[];

/** Values of choices that have words of ours. */
const CHOICES = [
  "female", "male", "other", "granted", "withdrawn", "monthly", "quarterly", "annual", "single", "in_force", "lapsed",
  "reinstated", "surrendered", "matured",
] as const;

const TYPES = ["life", "term", "health", "cancer", "annuity", "savings", "variable", "child", "group"] as const;

/** Characters of a device's id that people are shown: enough to tell one person's devices apart. */
const DEVICE_CHARACTERS = 4;

/** A device in a history. The hub tells ids alone; its own is all zeros. */
export function deviceWords(device: string, say: Say): string {
  if (/^0*$/.test(device)) return say("clash.hub");
  return say("clash.device", { id: device.slice(0, DEVICE_CHARACTERS).toUpperCase() });
}

/** The name of a field; of an entry's field, that of the entries. */
export function fieldName(field: string, say: Say): string {
  const exact = FIELDS.find((one) => one === field);
  const known = exact ?? FIELDS.find((one) => field.startsWith(`${one}.`));
  return known ? say(`field.${known}` satisfies WordId) : field;
}

/** What stands in a field, as people read it. */
export function valueWords(field: string, value: FieldValue, say: Say, language: Language): string {
  if (value === null || value === "") return say("value.none");
  if (typeof value === "boolean") return say(value ? "value.yes" : "value.no");
  if (typeof value === "number") return field.endsWith("_won") ? wonExact(value, language) : String(value);
  const choice = CHOICES.find((one) => one === value);
  if (choice) return say(`choice.${choice}`);
  return /^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value.slice(0, 4)} · ${dayWords(value, language)}` : value;
}

/** The name of a type of product. */
export function typeName(type: string, say: Say): string {
  const known = TYPES.find((one) => one === type);
  return known ? say(`type.${known}`) : type;
}
