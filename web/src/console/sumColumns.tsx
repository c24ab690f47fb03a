import type { ReactNode } from "react";

import type { Say } from "../messages/useWords";
import { Count } from "../ui/Count";
import type { Column } from "../ui/DataTable";
import { Won } from "../ui/Won";
import type { Sums } from "./sums";

/** The columns of what was sold, for tables to take from. */
export function sumColumns(say: Say): Record<"net" | "premium" | "ape" | "withdrawn", Column<Sums>> {
  return {
    net: {
      id: "net",
      words: say("metric.net"),
      definition: say("metric.net.means"),
      width: "minmax(3.5rem, 0.8fr)",
      value: (row) => row.net,
      cell: (row) => <Count value={row.net} />,
    },
    premium: {
      id: "premium",
      words: say("metric.premium"),
      definition: say("metric.premium.means"),
      width: "minmax(7rem, 1.3fr)",
      value: (row) => row.premium_net_won,
      cell: (row) => <Won value={row.premium_net_won} />,
    },
    ape: {
      id: "ape",
      words: say("metric.ape"),
      definition: say("metric.ape.means"),
      width: "minmax(7rem, 1.3fr)",
      value: (row) => row.ape_net_won,
      cell: (row) => <Won value={row.ape_net_won} />,
    },
    withdrawn: {
      id: "withdrawn",
      words: say("metric.withdrawn"),
      definition: say("metric.withdrawn.means"),
      width: "minmax(3.5rem, 0.8fr)",
      value: (row) => row.withdrawn,
      cell: (row) => <Count value={row.withdrawn} />,
    },
  };
}

/** The same of all rows together. */
export function sumCells(sum: Sums): Record<"net" | "premium" | "ape" | "withdrawn", ReactNode> {
  return {
    net: <Count value={sum.net} />,
    premium: <Won value={sum.premium_net_won} />,
    ape: <Won value={sum.ape_net_won} />,
    withdrawn: <Count value={sum.withdrawn} />,
  };
}
