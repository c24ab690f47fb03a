/**
 * What lies between a phone and a hub: a network that can fail. It may show freshly built files as the hub would; then
 * the hub need not be built again.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { extname, join } from "node:path";

const COMMON = "style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
/** What the hub sends with the console. */
export const CONSOLE_POLICY = `default-src 'none'; script-src 'self'; ${COMMON}`;
/** What it sends with the rep's app. */
const REP_POLICY = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; ${COMMON}`;

const OF_THE_HUB = /^\/(api|auth|sync|as|healthz|readyz)(\/|$|\?)/;
const OF_THE_APP = /^\/rep(\/|\.html|$)/;

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** The file of a path: itself, or the page of the console or the app. */
export function fileOf(dist: string, path: string): string {
  const own = join(dist, path);
  if (extname(path) && existsSync(own)) return own;
  return join(dist, OF_THE_APP.test(path) ? "rep.html" : "index.html");
}

/** Its headers. */
export function headersOf(path: string, file: string): Record<string, string> {
  const policy = OF_THE_APP.test(path) ? REP_POLICY : CONSOLE_POLICY;
  return { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "content-security-policy": policy, "cache-control": "no-cache" };
}

/** A server before a hub. */
export class Front {
  readonly #server: Server;
  /** The files that are shown; the hub's own where there are none. A test may put newer ones in their place. */
  dist: string | null;
  #isDown = false;
  /** Answers everything with this page, as a network does that wants to be paid first. */
  portal: string | null = null;
  /** Files that do not come through. */
  withheld: RegExp | null = null;
  /** Exchanges and sockets that reached the hub. */
  exchanges = 0;
  sockets = 0;
  readonly #hub: () => URL;
  readonly #sockets = new Set<Socket>();

  private constructor(hub: () => URL, dist: string | null) {
    this.#hub = hub;
    this.dist = dist;
    this.#server = createServer((asked, answer) => this.#answer(asked, answer));
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    // What the hub pokes by.
    this.#server.on("upgrade", (asked: IncomingMessage, socket, head) => {
      if (this.#isDown) return socket.destroy();
      this.sockets += 1;
      const { hostname, port } = this.#hub();
      const lines = Object.entries(asked.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
      const onward = connect(Number(port), hostname, () => {
        onward.write(`GET ${asked.url ?? "/"} HTTP/1.1\r\n${lines.join("")}\r\n`);
        onward.write(head);
        socket.pipe(onward).pipe(socket);
      });
      onward.on("error", () => socket.destroy());
      socket.on("error", () => onward.destroy());
    });
  }

  /** Begins; `hub` says where the hub is now. */
  static async start(hub: () => string, dist: string | null): Promise<Front> {
    const front = new Front(() => new URL(hub()), dist);
    await new Promise<void>((done) => front.#server.listen(0, "127.0.0.1", done));
    return front;
  }

  /** Where it is reached. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts every line, or mends them. */
  set isDown(isDown: boolean) {
    this.#isDown = isDown;
    if (!isDown) return;
    this.#server.closeAllConnections();
    this.#sockets.forEach((socket) => socket.destroy());
  }

  /** Ends. */
  async stop(): Promise<void> {
    this.isDown = true;
    await new Promise((done) => this.#server.close(done));
  }

  #answer(asked: IncomingMessage, answer: ServerResponse): void {
    const path = (asked.url ?? "/").split("?")[0] ?? "/";
    if (this.#isDown) {
      asked.destroy();
    } else if (this.withheld?.test(path)) {
      asked.destroy();
    } else if (this.portal !== null) {
      answer.writeHead(200, { "content-type": "text/html" }).end(this.portal);
    } else if (this.dist === null || OF_THE_HUB.test(path)) {
      this.#handOn(asked, answer);
    } else {
      const file = fileOf(this.dist, path);
      const bytes = readFileSync(file);
      // What a browser holds already is not sent again, as with the hub.
      const etag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`;
      const headers = { ...headersOf(path, file), etag };
      if (asked.headers["if-none-match"] === etag) answer.writeHead(304, headers).end();
      else answer.writeHead(200, headers).end(bytes);
    }
  }

  #handOn(asked: IncomingMessage, answer: ServerResponse): void {
    if (asked.url === "/sync/v1") answer.on("finish", () => (this.exchanges += 1));
    const { hostname, port } = this.#hub();
    const onward = request({ hostname, port, path: asked.url, method: asked.method, headers: asked.headers }, (told) => {
      answer.writeHead(told.statusCode ?? 502, told.headers);
      told.pipe(answer);
    });
    // A hub that is down answers nothing.
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  }
}
