/** Makes the types of the API out of `openapi.json`. */
import { readFileSync, writeFileSync } from "node:fs";

import openapiTS, { astToString } from "openapi-typescript";

const web = new URL("../", import.meta.url);
const specification = JSON.parse(readFileSync(new URL("openapi.json", web), "utf8"));

// Requests are named by path and method. The names of operations are functions of the hub and not always unique.
for (const methods of Object.values(specification.paths)) {
  for (const operation of Object.values(methods)) delete operation.operationId;
}

writeFileSync(new URL("src/sdk/schema.d.ts", web), astToString(await openapiTS(specification)));
