/** The address `/`: the signed-in person's own unit. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";

import { meQuery } from "../queries";

/** Goes there. */
export function OwnUnit() {
  const { data: me } = useSuspenseQuery(meQuery);
  return <Navigate to="/unit/$unit" params={{ unit: me.unit }} search={true} replace />;
}
