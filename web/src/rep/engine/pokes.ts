/** The socket on which the hub says "look again". Losing every poke changes latency alone. */

const PATH = "/sync/v1/pokes";
/** Devices that are poked together must not come together. */
const JITTER_MS = 400;
/** The hub hangs up with this on a token that holds no more. The next exchange brings another one. */
const NOT_WELCOME = 1008;
/** Before the socket is opened again. */
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;

export class Pokes {
  readonly #where: () => Promise<{ server: string; token: string } | null>;
  readonly #poked: (frame: Uint8Array) => void;
  #socket: WebSocket | null = null;
  #wanted = false;
  #connecting = false;
  #waitMs = FIRST_WAIT_MS;
  #timer = 0;

  /** `where` gives address and token when the socket is to be opened; `poked` is called a little after a poke. */
  constructor(where: () => Promise<{ server: string; token: string } | null>, poked: (frame: Uint8Array) => void) {
    this.#where = where;
    this.#poked = poked;
  }

  /** Opens the socket, unless it is open. The hub was just reached: no more waiting. */
  open(): void {
    if (this.#socket || this.#connecting) return;
    this.#wanted = true;
    clearTimeout(this.#timer);
    void this.#connect();
  }

  close(): void {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#socket = null;
  }

  async #connect(): Promise<void> {
    this.#connecting = true;
    const where = await this.#where();
    this.#connecting = false;
    if (!where || !this.#wanted) return;
    const socket = new WebSocket(where.server.replace(/^http/, "ws") + PATH);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    // The token goes in the first frame: addresses end up in logs.
    socket.onopen = () => socket.send(where.token);
    socket.onmessage = ({ data }) => {
      this.#waitMs = FIRST_WAIT_MS;
      setTimeout(() => this.#poked(new Uint8Array(data as ArrayBuffer)), Math.random() * JITTER_MS);
    };
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      // Another try with the same token is bytes for nothing.
      if (code === NOT_WELCOME) return;
      this.#timer = self.setTimeout(() => void this.#connect(), this.#waitMs * (0.5 + Math.random()));
      this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
    };
  }
}
