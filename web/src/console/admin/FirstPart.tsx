/** The address `/admin`: its first part. */
import { Navigate } from "@tanstack/react-router";

/** Goes there. */
export function FirstPart() {
  return <Navigate to="/admin/people" replace />;
}
