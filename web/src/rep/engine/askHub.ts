/** Asking the hub for what no exchange brings, by this device's sign-in. */
import type { CallProblem } from "./contract";

/** Nobody waits longer for an answer. */
const TIMEOUT_MS = 10_000;

/** Where the hub is, and what it knows this device by. */
export interface SignIn {
  readonly server: string;
  readonly token: string;
}

/** An answer that is a refusal, or none at all. */
export class NotTold extends Error {
  readonly problem: CallProblem;
  /** Whether the token was too old: the next exchange brings another one. */
  readonly isSignedOut: boolean;

  constructor(problem: CallProblem, isSignedOut = false) {
    super(problem.message);
    this.problem = problem;
    this.isSignedOut = isSignedOut;
  }
}

/** Asks; throws a [`NotTold`]. */
export async function askHub<Answer>({ server, token }: SignIn, path: string, method: "GET" | "POST" = "GET"): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}` };
  let answer: Response;
  let told: unknown;
  try {
    answer = await fetch(server + path, { method, headers, credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
    told = await answer.json();
  } catch (error) {
    // Out of reach, or what answered is no hub.
    throw new NotTold({ code: "OFFLINE", message: String(error), retry: true });
  }
  if (answer.ok) return told as Answer;
  const { code, detail } = told as { code?: string; detail?: string };
  throw new NotTold({ code: code ?? "NO-ANSWER", message: detail ?? String(answer.status), retry: answer.status >= 500 }, answer.status === 401);
}
