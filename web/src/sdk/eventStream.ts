/** Server-sent events out of pieces of text, as the HTML standard cuts them. Pure. */

/** One event of a stream. */
export interface StreamEvent {
  /** Its name; `message` where the stream gives none. */
  readonly name: string;
  /** Its data, lines joined. */
  readonly data: string;
}

/** Characters one event may have: an answer of a thousand rows is below half of it. */
export const LONGEST_EVENT = 4 * 1024 * 1024;

/** Puts events together from the pieces a connection brings. */
export class EventParser {
  #rest = "";
  #name = "";
  #data: string[] = [];
  #size = 0;
  #endedInReturn = false;

  /** Takes a piece and gives the events that are complete with it. Throws where one grows past all sense. */
  push(piece: string): StreamEvent[] {
    const events: StreamEvent[] = [];
    // A line may end in "\r\n" with a cut in between.
    const text = this.#endedInReturn && piece.startsWith("\n") ? piece.slice(1) : piece;
    if (piece !== "") this.#endedInReturn = piece.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const event = this.#line(line);
      if (event) events.push(event);
    }
    if (this.#size + this.#rest.length > LONGEST_EVENT) throw new RangeError("an event without end");
    return events;
  }

  #line(line: string): StreamEvent | null {
    if (line === "") return this.#finish();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#name = value;
    if (field === "data") {
      this.#data.push(value);
      this.#size += value.length;
    }
    return null;
  }

  #finish(): StreamEvent | null {
    const isNone = this.#data.length === 0;
    const event = { name: this.#name === "" ? "message" : this.#name, data: this.#data.join("\n") };
    this.#name = "";
    this.#data = [];
    this.#size = 0;
    return isNone ? null : event;
  }
}
