// One POST to the hub, by fetch. Bodies come compressed and are undone by the browser itself.

/** A hub that did not answer is asked with this first: nothing of the person's is on its way while it is away. */
const PROBE_PATH = "/healthz";
const PROBE_TIMEOUT_MS = 10_000;

async function reach(server) {
  if (self.navigator?.onLine === false) throw { sent: false, what: "this device is offline" };
  try {
    await fetch(server + PROBE_PATH, { cache: "no-store", signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
  } catch (error) {
    throw { sent: false, what: String(error?.message ?? error) };
  }
}

/** Bytes of the newest answer's body as they came over the network; nothing where the browser does not say. */
function wireBytes(url) {
  const entries = performance.getEntriesByName(url, "resource");
  const bytes = entries.at(-1)?.encodedBodySize ?? 0;
  performance.clearResourceTimings();
  return bytes;
}

async function within(max, response) {
  const chunks = [];
  let size = 0;
  for (const reader = response.body?.getReader(); reader; ) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > max) {
      await reader.cancel();
      throw { sent: true, what: `an answer of more than ${max} bytes` };
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/**
 * Sends `body` to `server + path`. Refuses with `{sent, what}`: `sent` is false where nothing can have arrived.
 * `probe` asks first whether anybody is there.
 */
export async function post(server, path, headers, body, timeoutMs, maxBytes, probe) {
  if (probe || self.navigator?.onLine === false) await reach(server);
  const url = server + path;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeoutMs);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: new Headers(headers),
      body,
      signal: stop.signal,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
    });
    const bytes = await within(maxBytes, response);
    return [
      response.status,
      response.headers.get("content-type") ?? "",
      Number(response.headers.get("retry-after") ?? "0"),
      bytes,
      wireBytes(url) || bytes.length,
    ];
  } catch (error) {
    if (typeof error?.sent === "boolean") throw error;
    throw { sent: true, what: stop.signal.aborted ? "it took too long" : String(error?.message ?? error) };
  } finally {
    clearTimeout(timer);
  }
}
