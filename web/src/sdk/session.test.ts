import { expect, test } from "vitest";

import { Problem } from "./problem";
import { Session, type SessionNews } from "./session";

const NOW = 1_000_000;
const HOUR = 3_600_000;

type Handler = (request: Request) => Response | Promise<Response>;

/** Requests without a page need a whole address. */
class LocalRequest extends Request {
  constructor(input: RequestInfo | URL, init?: RequestInit) {
    super(typeof input === "string" ? new URL(input, "http://hub") : input, init);
  }
}
globalThis.Request = LocalRequest;

/** A browser whose hub is a function. Tabs made of it share lock and cookie. */
function browser(hub: Handler) {
  const asked: string[] = [];
  let now = NOW;
  let last: Promise<unknown> = Promise.resolve();
  const told: SessionNews[] = [];
  const tab = () =>
    new Session({
      fetch: async (input) => {
        const request = input as Request;
        asked.push(new URL(request.url).pathname);
        return hub(request);
      },
      lock: (_, work) => {
        const next = last.then(work, work);
        last = next.catch(() => undefined);
        return next;
      },
      now: () => now,
      tell: (news) => told.push(news),
    });
  return { tab, asked, told, pass: (ms: number) => (now += ms), now: () => now };
}

const granted = (token: string, now = NOW) =>
  Response.json({ access_token: token, expires_ms: now + HOUR, now_ms: now });
const refused = (status: number) => Response.json({ code: "SYNC-SIGN-IN", detail: "no" }, { status });

test("many requests at once renew the token once", async () => {
  let number = 0;
  const { tab, asked } = browser((request) =>
    request.url.endsWith("/refresh") ? granted(`t${++number}`) : new Response(request.headers.get("authorization")),
  );
  const session = tab();
  const answers = await Promise.all([1, 2, 3].map(() => session.fetch(new Request("http://hub/api/v1/me"))));
  expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(["Bearer t1", "Bearer t1", "Bearer t1"]);
  expect(asked.filter((path) => path.endsWith("/refresh"))).toHaveLength(1);
});

test("a token is renewed before it ends", async () => {
  let number = 0;
  const world = browser(() => granted(`t${++number}`, world.now()));
  const session = world.tab();
  expect(await session.token()).toBe("t1");
  world.pass(HOUR - 120_000);
  expect(await session.token()).toBe("t1");
  world.pass(90_000);
  expect(await session.token()).toBe("t2");
});

test("a token the hub does not take is replaced, once", async () => {
  let number = 0;
  const { tab, asked } = browser((request) => {
    if (request.url.endsWith("/refresh")) return granted(`t${++number}`);
    return request.headers.get("authorization") === "Bearer t2" ? new Response("figures") : refused(401);
  });
  const answer = await tab().fetch(new Request("http://hub/api/v1/figures"));
  expect(await answer.text()).toBe("figures");
  expect(asked).toEqual(["/auth/v1/browser/refresh", "/api/v1/figures", "/auth/v1/browser/refresh", "/api/v1/figures"]);
});

test("two tabs renew one after the other, never side by side", async () => {
  let running = 0;
  let number = 0;
  const { tab } = browser(async () => {
    expect(++running).toBe(1);
    await Promise.resolve();
    running--;
    return granted(`t${++number}`);
  });
  expect(await Promise.all([tab().token(), tab().token()])).toEqual(["t1", "t2"]);
});

test("without a cookie nobody is signed in; who was is told that it ended", async () => {
  let isIn = false;
  const world = browser(() => (isIn ? granted("t", world.now()) : refused(401)));
  const session = world.tab();
  await session.resume();
  expect(session.state).toBe("signed-out");
  isIn = true;
  await session.signIn("kim", "secret", "test");
  expect(session.state).toBe("signed-in");
  isIn = false;
  world.pass(2 * HOUR);
  await expect(session.token()).rejects.toThrow(Problem);
  expect(session.state).toBe("ended");
  isIn = true;
  await session.signIn("kim", "secret", "test");
  expect(session.state).toBe("signed-in");
  expect(world.told).toEqual(["signed-in", "signed-in"]);
});

test("a hub out of reach ends no session", async () => {
  let isThere = true;
  const world = browser(() => {
    if (!isThere) throw new TypeError("network");
    return granted("t", world.now());
  });
  const session = world.tab();
  await session.resume();
  isThere = false;
  world.pass(2 * HOUR);
  await expect(session.token()).rejects.toMatchObject({ status: 0 });
  expect(session.state).toBe("signed-in");
});

test("signing out forgets the token even where the hub is away", async () => {
  let isThere = true;
  const world = browser(() => {
    if (!isThere) throw new TypeError("network");
    return granted("t");
  });
  const session = world.tab();
  await session.resume();
  isThere = false;
  await expect(session.signOut()).rejects.toThrow(Problem);
  expect(session.state).toBe("signed-out");
  expect(world.told).toEqual(["signed-out"]);
});

test("a browser that was shut out is asked to sign in again", async () => {
  let isOut = false;
  const { tab } = browser(() => {
    if (!isOut) return granted("t");
    return Response.json({ code: "SYNC-DEVICE-REVOKED", detail: "no" }, { status: 403 });
  });
  const session = tab();
  await session.resume();
  isOut = true;
  await expect(session.fetch(new Request("http://hub/api/v1/me"))).rejects.toMatchObject({ needsSignIn: true });
  expect(session.state).toBe("ended");
});

test("another tab's signing out ends this one's session", async () => {
  const { tab } = browser(() => granted("t"));
  const session = tab();
  await session.resume();
  session.heard("signed-out");
  expect(session.state).toBe("ended");
});

test("the hub's clock is told by its answers", async () => {
  const { tab } = browser(() => granted("t", NOW + 5 * HOUR));
  const session = tab();
  await session.resume();
  expect(session.hubNow()).toBe(NOW + 5 * HOUR);
});
