/** What the hub tells who is not signed in: the ways in, and its first set-up. */
import type { components } from "./schema";
import { Problem } from "./problem";

/** How one may come in. */
export interface Ways {
  /** Whether the hub waits for its first administrator. */
  readonly setup: boolean;
  readonly openid?: { readonly name: string } | null;
  readonly company?: string | null;
  readonly language?: string | null;
}

/** What is known of a set-up link. */
export interface SetupLink {
  readonly expires_ms: number;
  readonly zones: readonly string[];
  readonly zone: string;
}

/** The answers of the first administrator. */
export interface Setup {
  readonly token: string;
  readonly company: string;
  readonly zone: string;
  readonly language: string;
  readonly user: string;
  readonly password: string;
  readonly device_name: string;
}

async function send(path: string, json?: unknown): Promise<Response> {
  const body = json === undefined ? {} : { method: "POST", body: JSON.stringify(json) };
  const headers = { "content-type": "application/json" };
  const answer = await fetch(path, { ...body, headers, credentials: "same-origin" }).catch((thrown: unknown) => {
    throw Problem.unreachable(thrown);
  });
  if (!answer.ok) throw await Problem.of(answer);
  return answer;
}

export const ways = async () => (await (await send("/auth/v1/ways")).json()) as Ways;

export const checkSetup = async (token: string) =>
  (await (await send("/auth/v1/setup/check", { token })).json()) as SetupLink;

export const setUp = async (setup: Setup) =>
  (await (await send("/auth/v1/setup", setup)).json()) as components["schemas"]["BrowserSignedIn"];

/** Where signing in at the company's own provider begins; afterwards it comes back to `to`. */
export const openIdStart = (to: string, deviceName: string) =>
  `/auth/v1/openid/start?${new URLSearchParams({ to, device_name: deviceName })}`;
