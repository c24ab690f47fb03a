/** The orders one can give, and what each asks for. Pure. */
import type { Order } from "../../../sdk/administration";

/** By name, in the order people meet them. */
export const ORDERS = ["hire", "leave", "move", "split", "merge", "close", "open"] as const;
/** One of them. */
export type OrderKind = (typeof ORDERS)[number];

/** A field of an order beside its day. */
export type OrderField = "unit" | "to" | "name" | "units";

/** A field, whether it must be filled, and whether it names a unit that is to be made. */
export interface Asked {
  readonly field: OrderField;
  readonly isRequired: boolean;
  readonly isNew: boolean;
}

const needed = (field: OrderField): Asked => ({ field, isRequired: true, isNew: false });
const optional = (field: OrderField): Asked => ({ field, isRequired: false, isNew: false });
const made = (field: OrderField): Asked => ({ field, isRequired: true, isNew: true });

/** What each order asks for. */
export const ASKED: Record<OrderKind, readonly Asked[]> = {
  hire: [made("unit"), optional("name"), needed("to")],
  leave: [needed("unit")],
  move: [needed("unit"), needed("to")],
  split: [needed("unit"), made("to"), needed("name"), needed("units")],
  merge: [needed("unit"), optional("units"), needed("to")],
  close: [needed("unit"), optional("to")],
  open: [made("unit"), needed("name"), needed("to")],
};

/** What was typed. */
export interface OrderDraft {
  readonly kind: OrderKind;
  readonly day: string;
  readonly unit: string;
  readonly to: string;
  readonly name: string;
  readonly units: string;
}

/** The order as the hub takes it: only what this kind asks for. */
export function orderOf(draft: OrderDraft): Order {
  const filled = ASKED[draft.kind].flatMap(({ field }): [string, string | string[]][] => {
    const text = draft[field].trim();
    if (text === "") return [];
    return [[field, field === "units" ? text.split(/[\s,]+/).filter((unit) => unit !== "") : text]];
  });
  return { order: draft.kind, day: draft.day, unit: draft.unit.trim(), ...Object.fromEntries(filled) };
}

/** Where a unit that is pointed at belongs in an order: what is hired or opened goes under it. */
export function pointedAt(draft: OrderDraft, unit: string): OrderDraft {
  return draft.kind === "hire" || draft.kind === "open" ? { ...draft, to: unit } : { ...draft, unit };
}
