/** Requests by path, for bodies and answers that are files, or whose shapes are told elsewhere. */
import { addressOf, type Query } from "./address";
import { session } from "./browser";
import { Problem } from "./problem";

/** What a request carries. */
export interface Asked {
  readonly query?: Query;
  /** A body in JSON. */
  readonly json?: unknown;
  /** A body that is a file, as it is. */
  readonly file?: Blob;
  readonly signal?: AbortSignal;
}

function bodyOf({ json, file }: Asked): { type: string; body: BodyInit } | null {
  if (file) return { type: "application/octet-stream", body: file };
  return json === undefined ? null : { type: "application/json", body: JSON.stringify(json) };
}

/** The answer to a signed request. Throws a problem where it is a refusal. */
export async function answerTo(method: "GET" | "POST", path: string, asked: Asked = {}): Promise<Response> {
  const sent = bodyOf(asked);
  const request = new Request(addressOf(path, asked.query), {
    method,
    ...(sent ? { body: sent.body, headers: { "content-type": sent.type } } : {}),
    ...(asked.signal ? { signal: asked.signal } : {}),
  });
  const answer = await session.fetch(request);
  if (!answer.ok) throw await Problem.of(answer);
  return answer;
}

/** The same, read as JSON. */
export async function ask<Answer>(method: "GET" | "POST", path: string, asked: Asked = {}): Promise<Answer> {
  const answer = await answerTo(method, path, asked);
  return (await answer.json()) as Answer;
}

/** Fetches a file and hands it to the browser's downloads: a link could not say who asks. */
export async function takeDownload(path: string, query: Query, name: string): Promise<void> {
  const answer = await answerTo("GET", path, { query });
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
