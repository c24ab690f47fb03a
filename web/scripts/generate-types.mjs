/** Makes the types of the API out of `openapi.json`. */
import { readFileSync, writeFileSync } from "node:fs";

import openapiTS, { astToString } from "openapi-typescript";

const web = new URL("../", import.meta.url);
const specification = JSON.parse(readFileSync(new URL("openapi.json", web), "utf8"));

writeFileSync(new URL("src/sdk/schema.d.ts", web), astToString(await openapiTS(specification)));
