/** Who gives orders to the whole company. The hub decides; this only spares buttons that it would refuse. */
import type { Me } from "./types";

/** Whether this account's role is headquarters' or an administrator's. */
export function mayOrder(me: Me): boolean {
  return me.role === "hq" || me.role === "admin";
}
