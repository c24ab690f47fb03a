/**
 * Who is signed in here. The access token is in memory alone; the refresh token is a cookie that no script
 * reads. Tabs share that cookie, and each refresh changes it, so a lock of the browser lets one refresh at a time.
 */
import { Problem, SIGN_IN_NEEDED } from "./problem";
import type { components } from "./schema";

type Granted = components["schemas"]["BrowserSignedIn"];

/** Where a session stands. */
export type SessionState =
  /** Not known yet: the cookie has not been tried. */
  | "unknown"
  /** An access token is here. */
  | "signed-in"
  /** Nobody is signed in. */
  | "signed-out"
  /** Somebody was, and the hub wants the password again; what is on the screen stays. */
  | "ended";

/** The lock that all tabs of this browser share. */
const LOCK = "fieldbook-session";
/** A token is renewed so long before it ends. */
const RENEW_BEFORE_MS = 60_000;

/** What a session needs of the browser. */
export interface Surroundings {
  /** Sends a request. */
  fetch: typeof fetch;
  /** Runs one piece of work at a time, in all tabs. */
  lock: <T>(name: string, work: () => Promise<T>) => Promise<T>;
  /** The time, in UTC milliseconds. */
  now: () => number;
  /** Tells the other tabs. */
  tell: (news: SessionNews) => void;
}

/** What tabs tell each other. */
export type SessionNews = "signed-in" | "signed-out";

/** What the hub says to a device that an administrator shut out. */
const DEVICE_REVOKED = "SYNC-DEVICE-REVOKED";

/** Whether an answer says that the token, or the device it is for, is not taken any more. */
async function isSignInOver(answer: Response): Promise<boolean> {
  if (answer.status === SIGN_IN_NEEDED) return true;
  return answer.status === 403 && (await Problem.of(answer.clone())).code === DEVICE_REVOKED;
}

/** The session of this tab. */
export class Session {
  readonly #around: Surroundings;
  readonly #listeners = new Set<() => void>();
  #state: SessionState = "unknown";
  #token: string | null = null;
  #endsMs = 0;
  #hubAheadMs = 0;
  #renewing: Promise<string> | null = null;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Where it stands. */
  get state(): SessionState {
    return this.#state;
  }

  /** The hub's clock, in UTC milliseconds: boards tell the age of figures by it. */
  hubNow(): number {
    return this.#around.now() + this.#hubAheadMs;
  }

  /** How far the hub's clock is ahead of this device's, in milliseconds, as of the last token. */
  get hubAheadMs(): number {
    return this.#hubAheadMs;
  }

  /** Calls `listener` after each change; the answer ends that. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Tries the cookie, once, when the page opens. Throws where the hub cannot be reached. */
  async resume(): Promise<void> {
    await this.#renewOnce().catch((thrown: unknown) => {
      const problem = Problem.from(thrown);
      if (!problem.needsSignIn) throw problem;
    });
  }

  /** Signs in by name and password. */
  async signIn(user: string, password: string, deviceName: string): Promise<void> {
    const body = JSON.stringify({ user, password, device_name: deviceName });
    await this.#around.lock(LOCK, async () => this.#take(await this.#post("sign-in", body)));
    this.#around.tell("signed-in");
  }

  /** Signs this browser out, whatever the hub says to it. */
  async signOut(): Promise<void> {
    try {
      const token = this.#token;
      await this.#around.lock(LOCK, () => this.#post("sign-out", undefined, token));
    } finally {
      this.#drop("signed-out");
      this.#around.tell("signed-out");
    }
  }

  /** What another tab told. */
  heard(news: SessionNews): void {
    if (news === "signed-out") this.#drop("ended");
    else if (this.#state !== "signed-in") void this.resume().catch(() => undefined);
  }

  /** A token that holds for a while. Throws a problem where there is none to be had. */
  async token(): Promise<string> {
    const holds = this.#token !== null && this.hubNow() < this.#endsMs - RENEW_BEFORE_MS;
    return holds && this.#token !== null ? this.#token : this.#renewOnce();
  }

  /** Sends a request with a token; once more with a new one where the hub does not take it. */
  fetch = async (request: Request): Promise<Response> => {
    const send = (token: string) => {
      const signed = new Request(request.clone());
      signed.headers.set("authorization", `Bearer ${token}`);
      return this.#send(signed);
    };
    const token = await this.token();
    const answer = await send(token);
    if (!(await isSignInOver(answer))) return answer;
    // Another request may have renewed it meanwhile.
    if (this.#token === token) this.#token = null;
    return send(await this.token());
  };

  #renewOnce(): Promise<string> {
    this.#renewing ??= this.#around
      .lock(LOCK, () => this.#renew())
      .finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  async #renew(): Promise<string> {
    if (this.#state === "ended") throw new Problem(401, "WEB-SIGN-IN", "sign in again");
    try {
      return await this.#take(await this.#post("refresh"));
    } catch (thrown) {
      const problem = Problem.from(thrown);
      if (!problem.needsSignIn && !problem.isForbidden) throw problem;
      this.#drop(this.#state === "signed-in" ? "ended" : "signed-out");
      // Whatever the reason, signing in is the way on.
      throw new Problem(SIGN_IN_NEEDED, problem.code, problem.message);
    }
  }

  async #post(what: string, body?: string, token?: string | null): Promise<Response> {
    const headers = new Headers({ "content-type": "application/json" });
    if (token) headers.set("authorization", `Bearer ${token}`);
    const init = { method: "POST", headers, credentials: "same-origin" as const };
    const request = new Request(`/auth/v1/browser/${what}`, body === undefined ? init : { ...init, body });
    const answer = await this.#send(request);
    if (!answer.ok) throw await Problem.of(answer);
    return answer;
  }

  async #send(request: Request): Promise<Response> {
    try {
      return await this.#around.fetch(request);
    } catch (thrown) {
      if (thrown instanceof DOMException && thrown.name === "AbortError") throw thrown;
      throw Problem.unreachable(thrown);
    }
  }

  async #take(answer: Response): Promise<string> {
    const granted = (await answer.json()) as Granted;
    this.#token = granted.access_token;
    this.#endsMs = granted.expires_ms;
    this.#hubAheadMs = granted.now_ms - this.#around.now();
    this.#become("signed-in");
    return granted.access_token;
  }

  #drop(state: SessionState): void {
    this.#token = null;
    this.#become(state === "ended" && this.#state !== "signed-in" ? this.#state : state);
  }

  #become(state: SessionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#listeners.forEach((listener) => listener());
  }
}
