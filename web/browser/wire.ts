/**
 * The wire between a phone and what it speaks to, byte by byte: counted in both directions, as thin and as far as a test
 * wants it, and cut where it says. It passes TCP on and knows nothing of what goes over it, so headers, sockets of pokes
 * and broken answers count like everything else. What a network adds below that (TCP, TLS) is not counted.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** How a wire is. */
export interface Link {
  /** Of each direction, for all connections together. */
  readonly bytesASecond: number;
  readonly roundTripMs: number;
}

/** One that does not slow anything. */
const OPEN: Link = { bytesASecond: Infinity, roundTripMs: 0 };
/** What travels at once: small against what a link carries in a moment. */
const PIECE_BYTES = 4 * 1024;
/** What waits for the link at most before senders are told to wait. */
const QUEUED_BYTES = 64 * 1024;

/** A connection of the phone, and its other end. */
interface Pair {
  readonly phone: Socket;
  readonly hub: Socket;
  /** A connection is there once it was asked for and answered. */
  readonly openMs: number;
}

interface Piece {
  readonly bytes: Buffer;
  readonly to: Socket;
  readonly atMs: number;
}

/** Bytes of each direction. */
export interface Carried {
  readonly up: number;
  readonly down: number;
}

/** One direction: pieces arrive in the order in which they were sent. */
class Lane {
  #pieces: Piece[] = [];
  #queued = 0;
  #freeMs = 0;
  #timer: NodeJS.Timeout | null = null;
  readonly #link: () => Link;
  readonly #arrived: (bytes: number) => void;
  /** Who waits for room. */
  readonly #held = new Set<Socket>();

  constructor(link: () => Link, arrived: (bytes: number) => void) {
    this.#link = link;
    this.#arrived = arrived;
  }

  send(bytes: Buffer, from: Socket, to: Socket, notBeforeMs: number): void {
    const { bytesASecond, roundTripMs } = this.#link();
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      const beginMs = Math.max(performance.now(), this.#freeMs, notBeforeMs);
      this.#freeMs = beginMs + (piece.length / bytesASecond) * 1_000;
      this.#pieces.push({ bytes: piece, to, atMs: this.#freeMs + roundTripMs / 2 });
    }
    this.#queued += bytes.length;
    if (this.#queued > QUEUED_BYTES) {
      from.pause();
      this.#held.add(from);
    }
    this.#deliver();
  }

  /** Loses what is on its way. */
  clear(): void {
    this.#pieces = [];
    this.#queued = 0;
    this.#freeMs = 0;
    this.#release();
  }

  #deliver(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    for (let piece = this.#pieces[0]; piece && piece.atMs <= performance.now(); piece = this.#pieces[0]) {
      this.#pieces.shift();
      this.#queued -= piece.bytes.length;
      piece.to.write(piece.bytes);
      this.#arrived(piece.bytes.length);
    }
    if (this.#queued < QUEUED_BYTES) this.#release();
    const next = this.#pieces[0];
    if (next) this.#timer = setTimeout(() => this.#deliver(), Math.max(next.atMs - performance.now(), 1));
  }

  #release(): void {
    this.#held.forEach((socket) => socket.resume());
    this.#held.clear();
  }
}

/** A wire. */
export class Wire {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #up: Lane;
  readonly #down: Lane;
  #carried = { up: 0, down: 0 };
  #cuts: number[] = [];
  /** How it is now. */
  link: Link = OPEN;
  /** How often it was cut. */
  cut = 0;

  private constructor(to: URL) {
    this.#up = new Lane(() => this.link, (bytes) => (this.#carried.up += bytes));
    this.#down = new Lane(() => this.link, (bytes) => this.#came(bytes));
    this.#server = createServer((phone) => {
      const pair = { phone, hub: connect(Number(to.port), to.hostname), openMs: performance.now() + this.link.roundTripMs };
      this.#pairs.add(pair);
      phone.on("data", (bytes) => this.#up.send(bytes, phone, pair.hub, pair.openMs));
      pair.hub.on("data", (bytes) => this.#down.send(bytes, pair.hub, phone, 0));
      for (const end of [phone, pair.hub]) {
        end.setNoDelay(true);
        end.on("error", () => undefined);
        end.on("close", () => this.#close(pair));
      }
    });
  }

  /** Begins. */
  static async start(to: string): Promise<Wire> {
    const wire = new Wire(new URL(to));
    await new Promise<void>((done) => wire.#server.listen(0, "127.0.0.1", done));
    return wire;
  }

  /** Where it is reached. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What has arrived so far. */
  get carried(): Carried {
    return { ...this.#carried };
  }

  /** Both ways together. */
  get total(): number {
    return this.#carried.up + this.#carried.down;
  }

  /** Cuts every connection each time so many more bytes have come down. */
  cutAfter(bytes: readonly number[]): void {
    let at = this.#carried.down;
    this.#cuts = bytes.map((more) => (at += more));
  }

  /** Cuts every connection that is there; new ones are taken. */
  sever(): void {
    this.#pairs.forEach((pair) => this.#close(pair));
    this.#up.clear();
    this.#down.clear();
  }

  /** Ends. */
  async stop(): Promise<void> {
    this.sever();
    await new Promise((done) => this.#server.close(done));
  }

  #came(bytes: number): void {
    this.#carried.down += bytes;
    if (this.#carried.down < (this.#cuts[0] ?? Infinity)) return;
    this.#cuts.shift();
    this.cut += 1;
    this.sever();
  }

  #close(pair: Pair): void {
    if (!this.#pairs.delete(pair)) return;
    pair.phone.destroy();
    pair.hub.destroy();
  }
}
