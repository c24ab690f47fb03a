/** The address `/hq`: the whole company. */
import { Navigate } from "@tanstack/react-router";

import { NATION } from "../levels";

/** Goes there. */
export function WholeCompany() {
  return <Navigate to="/unit/$unit" params={{ unit: NATION }} search={true} replace />;
}
