/** The ways into this hub. */
import { type QueryClient, useQuery } from "@tanstack/react-query";

import { type Ways, ways } from "../../sdk/entry";

const KEY = "ways";

/** Forgets all that was asked for somebody. The ways in are nobody's: who waits for them goes on waiting. */
export function forgetPerson(client: QueryClient): void {
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== KEY });
  client.getMutationCache().clear();
}

/** As the hub tells them; nothing while it has not, and name and password are always there. */
export function useWays(): Ways | undefined {
  return useQuery({ queryKey: [KEY], queryFn: ways, staleTime: Infinity, retry: false }).data;
}
