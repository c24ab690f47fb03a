/** Failures as the hub tells them (RFC 9457), and those of the way to it. */
import type { components } from "./schema";

type Told = Partial<components["schemas"]["Problem"]>;

/** What the hub says when the sign-in has ended. */
export const SIGN_IN_NEEDED = 401;
/** What it says of a unit that is not there, or not for this account. */
const NOT_ALLOWED = 403;
const BUSY = 503;
const BAD_QUESTION = 400;
const CONFLICT = 409;
/** Somebody else was there first, and nothing was changed. */
export const CHANGED_MEANWHILE = "CHANGED-MEANWHILE";
/** The code of a failure that never reached the hub. */
const UNREACHABLE = "WEB-UNREACHABLE";
/** The code of an answer that is no answer of a hub. */
const UNREADABLE = "WEB-UNREADABLE";

/** A question that was not answered. */
export class Problem extends Error {
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  /** The stable code people quote and programs decide by. */
  readonly code: string;

  constructor(status: number, code: string, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = "Problem";
    this.status = status;
    this.code = code;
  }

  /** Whether signing in again is the way on. */
  get needsSignIn(): boolean {
    return this.status === SIGN_IN_NEEDED;
  }

  /** Whether this account may not see what was asked for. */
  get isForbidden(): boolean {
    return this.status === NOT_ALLOWED;
  }

  /** Whether the question itself cannot be answered. */
  get isQuestion(): boolean {
    return this.status === BAD_QUESTION;
  }

  /** Whether it cannot be as things stand. */
  get isConflict(): boolean {
    return this.status === CONFLICT;
  }

  /** Whether somebody changed the same thing meanwhile. */
  get isChangedMeanwhile(): boolean {
    return this.code === CHANGED_MEANWHILE;
  }

  /** Whether the hub has no place for this just now. */
  get isBusy(): boolean {
    return this.status === BUSY;
  }

  /** Whether asking the same again later may help. */
  get mayPass(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** The hub could not be reached at all. */
  static unreachable(cause: unknown): Problem {
    return new Problem(0, UNREACHABLE, "the hub cannot be reached", { cause });
  }

  /** What a refusing answer says. */
  static async of(response: Response): Promise<Problem> {
    const told = (await response.json().catch(() => ({}))) as Told;
    return new Problem(response.status, told.code ?? UNREADABLE, told.detail ?? response.statusText);
  }

  /** Anything that was thrown, as a problem. */
  static from(thrown: unknown): Problem {
    return thrown instanceof Problem ? thrown : Problem.unreachable(thrown);
  }
}
