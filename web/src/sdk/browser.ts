/** The session and the API client of this page. */
import createClient from "openapi-fetch";

import { Problem } from "./problem";
import type { paths } from "./schema";
import { Session, type SessionNews } from "./session";

const CHANNEL = "fieldbook-session";

const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(CHANNEL);

/** One piece of work at a time, in all tabs. Without a secure address there are no locks: a lost race asks for the password. */
async function lock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const locks = navigator.locks as LockManager | undefined;
  return locks ? locks.request(name, work) : work();
}

/** The session of this tab. */
export const session = new Session({
  fetch: (input, init) => fetch(input, init),
  lock,
  now: () => Date.now(),
  tell: (news) => channel?.postMessage(news),
});

channel?.addEventListener("message", (event: MessageEvent<SessionNews>) => session.heard(event.data));

/** The hub's API, signed. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: session.fetch });

/** The data of an answer; a problem where there is none. */
export async function told<T>(answer: Promise<{ data?: T; response: Response; error?: unknown }>): Promise<T> {
  const { data, error, response } = await answer;
  if (data !== undefined && response.ok) return data;
  const known = error as { code?: string; detail?: string } | undefined;
  throw new Problem(response.status, known?.code ?? "WEB-UNREADABLE", known?.detail ?? response.statusText);
}
