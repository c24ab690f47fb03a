/** The route that all others are under. */
import { createRootRoute } from "@tanstack/react-router";

import { Frame } from "./frame/Frame";
import { NotHere } from "./frame/NotHere";

/** The root. */
export const root = createRootRoute({ component: Frame, notFoundComponent: NotHere });
