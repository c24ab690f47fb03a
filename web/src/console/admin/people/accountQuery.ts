/** One account by its name. */
import { queryOptions } from "@tanstack/react-query";

import { type Account, accounts } from "../../../sdk/administration";

/** Accounts looked through for one name: those whose names hold it. */
const LOOKED_THROUGH = 1_000;

/** Asks for it; null where there is none. */
export function accountQuery(name: string) {
  return queryOptions({
    queryKey: ["accounts", "one", name],
    queryFn: async (): Promise<Account | null> => {
      const { rows } = await accounts({ text: name, limit: LOOKED_THROUGH });
      return rows.find((row) => row.name === name) ?? null;
    },
  });
}
