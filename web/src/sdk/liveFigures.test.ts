import { expect, test } from "vitest";

import { waitMs } from "./backoff";
import { type Figures, type Line, type Live, LiveFigures } from "./liveFigures";
import { Problem } from "./problem";

const figures = (moment: number) => ({ moment, rows: [] }) as unknown as Figures;
const event = (moment: number) => `event: figures\ndata: ${JSON.stringify(figures(moment))}\n\n`;
const streamOf = (...pieces: string[]) => new Response(pieces.join(""));

/** Runs until the script has no more answers; what became known is the result. */
async function play(
  script: (() => Response | Promise<Response>)[],
  ask?: Line["ask"],
  kept?: Pick<Live, "figures" | "asOfMs">,
): Promise<Live[]> {
  const known: Live[] = [];
  let now = 0;
  const live = new LiveFigures(
    {
      open: async () => {
        const next = script.shift();
        if (!next) {
          live.stop();
          throw new DOMException("over", "AbortError");
        }
        return next();
      },
      ask: ask ?? (() => Promise.reject(new Error("nobody asks"))),
      now: () => ++now,
      // A line is never silent here, and nobody waits for the next try.
      wait: (ms, signal) =>
        ms > 20_000 ? new Promise((done) => signal.addEventListener("abort", () => done())) : Promise.resolve(),
      dice: () => 0,
    },
    (next) => known.push(next),
    kept,
  );
  await live.run();
  return known;
}

test("what was known before stays in sight while the line does not come", async () => {
  const away = () => Promise.reject(Problem.unreachable("away"));
  const known = await play([away, () => streamOf(event(2))], undefined, { figures: figures(1), asOfMs: 5 });
  expect(known[0]).toMatchObject({ figures: { moment: 1 }, asOfMs: 5, line: "lost" });
  expect(known[1]).toMatchObject({ figures: { moment: 2 }, line: "live" });
});

test("figures come, a lost line keeps them, and comes back", async () => {
  const away = () => Promise.reject(Problem.unreachable("away"));
  const known = await play([() => streamOf(event(1), event(2)), away, () => streamOf(event(3))]);
  const told = known.map(({ line, figures }) => [line, figures?.moment]);
  expect(told).toEqual([["live", 2], ["lost", 2], ["lost", 2], ["live", 3], ["lost", 3]]);
});

test("a sign of life makes the figures newer, while the line is live", async () => {
  const encoder = new TextEncoder();
  const slow = () =>
    new Response(
      new ReadableStream({
        async pull(controller) {
          controller.enqueue(encoder.encode(event(1)));
          await Promise.resolve();
          controller.enqueue(encoder.encode(":\n\n"));
          controller.close();
        },
      }),
    );
  const known = await play([slow]);
  const [first, second] = known;
  expect(first?.line).toBe("live");
  expect(second?.line).toBe("live");
  expect(second?.asOfMs ?? 0).toBeGreaterThan(first?.asOfMs ?? 0);
});

test("a refusal is told and ends it", async () => {
  const refused = () => Response.json({ code: "SYNC-NOT-ALLOWED", detail: "no" }, { status: 403 });
  const script = [refused, () => streamOf(event(1))];
  const known = await play(script);
  expect(known).toHaveLength(1);
  expect(known[0]?.problem?.isForbidden).toBe(true);
  expect(script).toHaveLength(1);
});

test("where there is no place for one more board, it asks", async () => {
  const busy = () => Response.json({ code: "SYNC-BUSY", detail: "busy" }, { status: 503 });
  let asked = 0;
  const known = await play([busy], () => Promise.resolve(figures(++asked)));
  expect(known.every(({ line, why }) => line === "asking" && why === "full")).toBe(true);
  expect(known.at(-1)?.figures?.moment).toBe(asked);
  expect(asked).toBeGreaterThan(1);
});

test("more rows than a board carries are asked for, and a place that gets free makes it live", async () => {
  const tooMany = () => Response.json({ code: "API-QUESTION", detail: "too many rows" }, { status: 400 });
  const known = await play([tooMany, () => streamOf(event(9))], () => Promise.resolve(figures(1)));
  expect(known[0]).toMatchObject({ line: "asking", why: "rows" });
  expect(known.find(({ line }) => line === "live")).toMatchObject({ why: null, figures: { moment: 9 } });
});

test("waits grow, differ, and have an end", () => {
  expect(waitMs(0, 0)).toBe(250);
  expect(waitMs(0, 1)).toBe(500);
  expect(waitMs(2, 1)).toBe(2_000);
  expect(waitMs(1_000, 1)).toBe(5_000);
});
