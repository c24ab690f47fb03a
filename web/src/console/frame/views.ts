/** The views of a unit, in the order people see them. */
import type { MessageId } from "../../messages/words";

/** Address and name of each. */
export const VIEWS = [
  { to: "/unit/$unit", id: "view.board" },
  { to: "/unit/$unit/closings", id: "view.closings" },
  { to: "/unit/$unit/trend", id: "view.trend" },
  { to: "/unit/$unit/mix", id: "view.mix" },
  { to: "/unit/$unit/targets", id: "view.targets" },
  { to: "/unit/$unit/compare", id: "view.compare" },
] as const satisfies readonly { to: string; id: MessageId }[];
