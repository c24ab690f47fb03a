/** What policies and edits are called, on the screen and in addresses. Pure. */
import type { PolicyEdit } from "../types";

const LETTERS = 8;

/** The beginning of an id: enough to tell it from its neighbours. */
export function shortId(id: string): string {
  return id.slice(0, LETTERS);
}

/** An edit's name in an address: its change, or where it stands in its feed. */
export function editKey({ change, book, seq }: Pick<PolicyEdit, "change" | "book" | "seq">): string {
  return change ?? `${book}-${seq}`;
}

/** The number under which the hub itself writes: imports, lapses, approvals. */
const HUB = /^0+$/;

/** Where an edit was made: what the device calls itself, or the beginning of its number; nothing where it was the hub. */
export function deviceName({ device, device_name }: Pick<PolicyEdit, "device" | "device_name">): string | null {
  if (!device || HUB.test(device)) return null;
  return device_name ?? shortId(device);
}
