/** The settings in force. */
import { queryOptions } from "@tanstack/react-query";

import { settings } from "../../../sdk/administration";

/** Asks for them. */
export const settingsQuery = queryOptions({ queryKey: ["settings"], queryFn: settings });
