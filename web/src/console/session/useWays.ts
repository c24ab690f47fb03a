/** The ways into this hub. */
import { useQuery } from "@tanstack/react-query";

import { type Ways, ways } from "../../sdk/entry";

/** As the hub tells them; nothing while it has not, and name and password are always there. */
export function useWays(): Ways | undefined {
  return useQuery({ queryKey: ["ways"], queryFn: ways, staleTime: Infinity, retry: false }).data;
}
