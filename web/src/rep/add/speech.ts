/**
 * Writing by voice, where the browser recognises speech on the device itself. Elsewhere there is none: what is said of a
 * customer goes to nobody else.
 */

/** What is used of a browser's recognition of speech. */
export interface Recognition {
  lang: string;
  continuous: boolean;
  processLocally: boolean;
  onresult: ((event: { readonly resultIndex: number; readonly results: ArrayLike<Heard> }) => void) | null;
  onerror: ((event: { readonly error: string }) => void) | null;
  onend: (() => void) | null;
  start(): void;
  stop(): void;
  abort(): void;
}

interface Heard extends ArrayLike<{ readonly transcript: string }> {
  readonly isFinal: boolean;
}

/** What a browser calls them. */
export interface Recogniser {
  new (): Recognition;
  readonly prototype: Recognition;
  available?(asked: { langs: string[]; processLocally: boolean }): Promise<string>;
}

/** Where it is found, by its name or the one it had before. */
export interface Browser {
  readonly SpeechRecognition?: Recogniser;
  readonly webkitSpeechRecognition?: Recogniser;
}

/** Ends that are none of a person's business: nothing was said, or it was stopped. */
const QUIET: readonly string[] = ["no-speech", "aborted"];

/** What recognises a language here, on this device alone; nothing where the browser has no such thing. */
export async function recogniserOf(browser: Browser, tag: string): Promise<Recogniser | null> {
  const known = browser.SpeechRecognition ?? browser.webkitSpeechRecognition;
  // One that does not know the word would take it for any name and send what it hears away.
  if (!known?.available || !("processLocally" in known.prototype)) return null;
  try {
    const is = await known.available({ langs: [tag], processLocally: true });
    return is === "available" ? known : null;
  } catch {
    return null;
  }
}

/** Listens until it is stopped or the person is silent for long. `heard` gets what was said, `ended` whether it failed. */
export function listen(made: Recogniser, tag: string, heard: (text: string) => void, ended: (hasFailed: boolean) => void): Recognition | null {
  const recognition = new made();
  let hasFailed = false;
  recognition.lang = tag;
  recognition.continuous = true;
  recognition.processLocally = true;
  recognition.onresult = ({ resultIndex, results }) => {
    for (const result of Array.from(results).slice(resultIndex)) {
      const text = result.isFinal ? (result[0]?.transcript ?? "") : "";
      if (text.trim() !== "") heard(text.trim());
    }
  };
  recognition.onerror = ({ error }) => (hasFailed ||= !QUIET.includes(error));
  recognition.onend = () => ended(hasFailed);
  try {
    recognition.start();
    return recognition;
  } catch {
    ended(true);
    return null;
  }
}

/** A note with what was said at its end. Pure. */
export function withHeard(note: string, heard: string): string {
  return note === "" || /\s$/.test(note) ? note + heard : `${note} ${heard}`;
}
