/** The socket on which the hub says "look again". Losing every poke changes latency alone. */

const PATH = "/sync/v1/pokes";
/** Devices that are poked together must not come together. */
const JITTER_MS = 400;
/** Before the socket is opened again. */
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;

export class Pokes {
  readonly #where: () => Promise<{ server: string; token: string } | null>;
  readonly #poked: () => void;
  #socket: WebSocket | null = null;
  #wanted = false;
  #connecting = false;
  #waitMs = FIRST_WAIT_MS;
  #timer = 0;

  /** `where` gives address and token when the socket is to be opened; `poked` is called a little after a poke. */
  constructor(where: () => Promise<{ server: string; token: string } | null>, poked: () => void) {
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
    // The token goes in the first frame: addresses end up in logs.
    socket.onopen = () => socket.send(where.token);
    socket.onmessage = () => {
      this.#waitMs = FIRST_WAIT_MS;
      setTimeout(this.#poked, Math.random() * JITTER_MS);
    };
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#timer = self.setTimeout(() => void this.#connect(), this.#waitMs * (0.5 + Math.random()));
      this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
    };
  }
}
