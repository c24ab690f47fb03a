/** The suite that every store of the engine must pass, on those of a browser. */
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { extname, join } from "node:path";

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";

import { launch } from "./screen";

/** Where `cargo xtask wasm` put the engine with the suite. */
const ENGINE = process.env["FIELDBOOK_CONFORMANCE"] ?? join(import.meta.dirname, "../../target/wasm/conformance");
const TYPES: Record<string, string> = { ".js": "text/javascript", ".wasm": "application/wasm" };

let server: Server;
let browser: Browser;
let url: string;

beforeAll(async () => {
  server = createServer((asked, answer) => {
    const path = asked.url ?? "/";
    if (path === "/") return void answer.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>suite</title>");
    readFile(join(ENGINE, path)).then(
      (bytes) => answer.writeHead(200, { "content-type": TYPES[extname(path)] ?? "text/plain" }).end(bytes),
      () => answer.writeHead(404).end(),
    );
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("the server does not listen");
  url = `http://127.0.0.1:${address.port}/`;
  browser = await launch();
});

afterAll(async () => {
  await browser.close();
  server.close();
});

it.each(["memory", "indexeddb", "sealed"])("the store %s does what every store must", async (kind) => {
  const page = await browser.newPage();
  const told: string[] = [];
  page.on("console", (message) => told.push(message.text()));
  await page.goto(url);
  // As text, because the module's address is the page's own, which no build knows.
  const suite = `(async () => {
    const engine = await import("/engine.js");
    await engine.default();
    await engine.runConformance(${JSON.stringify(kind)});
    return "passed";
  })()`;
  const ran = page.evaluate(suite);
  expect(await ran.catch((error: unknown) => `${String(error)}\n${told.join("\n")}`)).toBe("passed");
  await page.close();
});
