/** A timeline's lines in the reader's language. Pure. */
import type { Language } from "../../messages/language";
import { wonExact } from "../../ui/numbers";
import type { Product, TimelineLine } from "../engine/contract";
import { fieldName } from "../words/names";
import type { Say } from "../words/useSay";
import type { WordId } from "../words/words";

/** A line of the contact log: the day, how, and what came of it. */
const CONTACT = /^\d{4}-\d{2}-\d{2} (visit|call|message)/;
/** A sale: the product's code and won. */
const SALE = /^(.*) (-?\d+)$/;

const CHANNELS: Record<string, WordId> = { visit: "add.visit", call: "add.call", message: "contact.message" };

/** What a line says; a text of another shape as it is. */
export function timelineWords({ kind, text }: TimelineLine, products: readonly Product[], say: Say, language: Language): string {
  if (kind === "contact") {
    const found = CONTACT.exec(text);
    const channel = CHANNELS[found?.[1] ?? ""];
    return found && channel ? say(channel) + text.slice(found[0].length) : text;
  }
  if (kind === "policy") {
    const [, code, won] = SALE.exec(text) ?? [];
    if (code === undefined || won === undefined) return text;
    return `${products.find((one) => one.code === code)?.name ?? code} · ${wonExact(Number(won), language)}`;
  }
  if (kind === "edit") {
    const fields = text.split(" ").map((field) => fieldName(field, say));
    return say("activity.edit", { fields: [...new Set(fields)].join(", ") });
  }
  return text;
}
