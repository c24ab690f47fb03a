/** What has not come yet is not told as if there were nothing. */
import type { Request } from "playwright-core";
import { expect, test } from "vitest";

import { dayAgo } from "./hub";
import type { Screen } from "./screen";
import { Stage } from "./stage";

const stage = new Stage();

interface Held {
  /** The first that waits. */
  readonly first: Promise<Request>;
  readonly letGo: () => void;
}

/** From now on answers of an address wait until they are let go. */
async function hold({ page }: Screen, address: RegExp): Promise<Held> {
  let letGo = () => {};
  const gone = new Promise<void>((resolve) => (letGo = resolve));
  await page.route(address, async (route) => {
    await gone;
    await route.continue();
  });
  return { first: page.waitForRequest(address), letGo };
}

/** From now on its pages note what they have read of answers. */
async function noteReading({ context }: Screen): Promise<void> {
  await context.addInitScript(() => {
    const read: string[] = [];
    const noted = (how: "json" | "text") => {
      const take = Reflect.get(Response.prototype, how) as (this: Response) => Promise<unknown>;
      return async function (this: Response) {
        const body = await take.call(this);
        read.push(this.url);
        return body;
      };
    };
    Object.assign(Response.prototype, { json: noted("json"), text: noted("text") });
    Object.assign(window, { read });
  });
}

/** Waits until the page has read an answer, and has drawn what it does with it. */
async function untilRead({ page }: Screen, address: RegExp): Promise<void> {
  const isRead = (address: string) => (window as unknown as { read: string[] }).read.some((url) => new RegExp(address).test(url));
  await page.waitForFunction(isRead, address.source);
  await page.evaluate(() => new Promise((done) => requestIdleCallback(done)));
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

test("a day is not called open before its stamps have come", async () => {
  const screen = await stage.open({ preferences: { language: "en" } });
  const { page } = screen;
  const stamps = await hold(screen, /\/api\/v1\/closings\?/);
  await noteReading(screen);
  await page.goto("/unit/nation/closings");
  await screen.signIn("hq");
  await Promise.all([stamps.first, untilRead(screen, /\/api\/v1\/figures\?.*by=day/)]);
  await page.getByRole("button", { name: "Close Nation" }).waitFor();
  expect(await page.locator("[data-day]").count()).toBe(0);
  stamps.letGo();
  await page.locator(`[data-day="${dayAgo(1)}"]`).getByText("not closed yet").waitFor();
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("a unit is not said to have no targets before those of its parts have come", async () => {
  const screen = await stage.open({ preferences: { language: "en" } });
  const { page } = screen;
  const parts = await hold(screen, /\/api\/v1\/targets\?.*level=branch/);
  await noteReading(screen);
  await page.goto("/unit/R2/targets");
  await screen.signIn("hq");
  await Promise.all([parts.first, untilRead(screen, /\/api\/v1\/targets\?.*level=region/)]);
  expect(await page.getByText("No targets in these days.").count()).toBe(0);
  parts.letGo();
  await page.getByText("No targets in these days.").waitFor();
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("figures of other days do not stand in for those that are on the way", async () => {
  const screen = await stage.open({ preferences: { language: "en" } });
  const { page } = screen;
  await page.goto("/unit/nation/trend");
  await screen.signIn("hq");
  const shown = page.locator("[data-sum-check=agrees]");
  await shown.waitFor();
  const days = `from=${dayAgo(20)}&to=${dayAgo(0)}`;
  const figures = await hold(screen, new RegExp(`/api/v1/figures\\?.*${days}`));
  await page.getByRole("button", { name: /^Choose days/ }).click();
  await page.getByLabel("First day").fill(dayAgo(20));
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await figures.first;
  await page.waitForURL(`**/*${days}*`);
  // That they are on the way is said in their place.
  await page.locator("article").getByText("Loading").waitFor();
  expect(await shown.count()).toBe(0);
  figures.letGo();
  await shown.waitFor();
  expect(screen.troubles).toEqual([]);
  await screen.close();
});
