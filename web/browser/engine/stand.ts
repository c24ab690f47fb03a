/**
 * The engine as pages load it, in front of a real hub: files from a build of the test's own page, everything else handed
 * on to the hub, sockets too. The way to the hub can be cut, or lead to something that is no hub.
 */
import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";

import { type BrowserContext, chromium, type Page } from "playwright-core";
import { build } from "vite";

import type { Book } from "../../src/rep/engine/book";
import type { BookEvent, BookState, CallProblem, Calls } from "../../src/rep/engine/contract";
import { CHROMIUM } from "../programs";

/** The policy that the hub sends with the rep's app. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; base-uri 'none'";
const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const PAGES = "/engine/";

declare global {
  interface Window {
    book: Book;
    events: BookEvent[];
    acked?: (name: string) => Promise<void>;
  }
}

/** What lies between the browser and the hub. */
export type Way = "open" | "cut" | "portal";

export class Stand {
  readonly #files: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #hub: URL;
  way: Way = "open";
  /** Exchanges that reached the hub. */
  exchanges = 0;

  private constructor(files: string, hub: string) {
    this.#files = files;
    this.#hub = new URL(hub);
    this.#server = createServer((asked, answer) => void this.#serve(asked, answer));
    this.#server.on("upgrade", (asked: IncomingMessage, socket: Socket, head: Buffer) => this.#upgrade(asked, socket, head));
  }

  /** Builds the page and serves it in front of a hub. */
  static async start(hub: string): Promise<Stand> {
    const files = await mkdtemp(join(tmpdir(), "fieldbook-engine-"));
    await build({
      configFile: false,
      logLevel: "error",
      root: import.meta.dirname,
      base: PAGES,
      worker: { format: "es" },
      build: { outDir: files, target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
    });
    const stand = new Stand(files, hub);
    await new Promise<void>((done) => stand.#server.listen(0, "127.0.0.1", done));
    return stand;
  }

  get url(): string {
    const address = this.#server.address();
    if (typeof address !== "object" || !address) throw new Error("the stand does not listen");
    return `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await rm(this.#files, { recursive: true, force: true });
  }

  /** Opens the page in a tab. */
  async tab(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${this.url}${PAGES}`);
    await page.waitForFunction(() => document.title === "ready");
    return page;
  }

  async #serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const path = new URL(asked.url ?? "/", this.url).pathname;
    if (path.startsWith(PAGES)) {
      const file = join(this.#files, path === PAGES ? "index.html" : path.slice(PAGES.length));
      const found = await stat(file).catch(() => null);
      if (!found) return void answer.writeHead(404).end();
      const type = TYPES[extname(file)] ?? "application/octet-stream";
      answer.writeHead(200, { "content-type": type, "content-security-policy": POLICY });
      createReadStream(file).pipe(answer);
      return;
    }
    if (this.way === "cut") return void asked.socket.destroy();
    if (this.way === "portal") {
      answer.writeHead(200, { "content-type": "text/html" }).end("<h1>Welcome to our network</h1>");
      return;
    }
    if (path === "/sync/v1") this.exchanges += 1;
    const { hostname, port } = this.#hub;
    const onward = request({ hostname, port, path: asked.url, method: asked.method, headers: asked.headers }, (told) => {
      answer.writeHead(told.statusCode ?? 502, told.headers);
      told.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  }

  #upgrade(asked: IncomingMessage, socket: Socket, head: Buffer): void {
    if (this.way !== "open") return void socket.destroy();
    const onward = connect(Number(this.#hub.port), this.#hub.hostname, () => {
      const headers = asked.rawHeaders.reduce((text, part, at) => text + part + (at % 2 === 0 ? ": " : "\r\n"), "");
      onward.write(`GET ${asked.url ?? ""} HTTP/1.1\r\n${headers}\r\n`);
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [socket, onward]) {
      this.#sockets.add(end);
      end.on("error", () => undefined);
      end.on("close", () => this.#sockets.delete(end));
    }
  }
}

/** A browser over a profile of its own. */
export function browse(profile: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, args: ["--no-sandbox"] });
}

/** Asks the book of a page. A problem is thrown with its code as the message. */
export async function ask<Name extends keyof Calls>(
  page: Page,
  name: Name,
  ...args: Parameters<Calls[Name]>
): Promise<ReturnType<Calls[Name]>> {
  const told = await page.evaluate(
    async ([name, args]) => {
      try {
        const call = window.book.call.bind(window.book) as (name: string, args: unknown) => Promise<unknown>;
        return { answer: await call(name, args) };
      } catch (error) {
        return { problem: { code: (error as CallProblem).code, message: (error as Error).message } };
      }
    },
    [name, args[0]] as const,
  );
  if ("problem" in told) throw new Error(`${told.problem.code}: ${told.problem.message}`);
  return told.answer as ReturnType<Calls[Name]>;
}

/** Waits until the book of a page is in a state. */
export async function inState(page: Page, kind: BookState["kind"]): Promise<BookState> {
  await page.waitForFunction(
    (kind) => {
      const states = window.events.filter((event) => event.event === "state");
      const last = states.at(-1);
      return last?.event === "state" && last.state.kind === kind;
    },
    kind,
    { timeout: 60_000 },
  );
  return ask(page, "state");
}

/** Waits until the newest status of a page passes. */
export async function withStatus(page: Page, chip: string, unsent: number): Promise<void> {
  await page.waitForFunction(
    ([chip, unsent]) => {
      const last = window.events.filter((event) => event.event === "status").at(-1);
      return last?.event === "status" && last.status.chip === chip && last.status.unsent === unsent;
    },
    [chip, unsent] as const,
    { timeout: 60_000 },
  );
}
