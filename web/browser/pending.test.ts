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

/** When the page has drawn what it knows. */
async function drawn({ page }: Screen): Promise<void> {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

test("a day is not called open before its stamps have come", async () => {
  const screen = await stage.open({ preferences: { language: "en" } });
  const { page } = screen;
  const stamps = await hold(screen, /\/api\/v1\/closings\?/);
  const figures = page.waitForResponse(/\/api\/v1\/figures\?.*by=day/);
  await page.goto("/unit/nation/closings");
  await screen.signIn("hq");
  await Promise.all([stamps.first, (await figures).finished()]);
  await drawn(screen);
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
  const own = page.waitForResponse(/\/api\/v1\/targets\?.*level=region/);
  await page.goto("/unit/R2/targets");
  await screen.signIn("hq");
  await Promise.all([parts.first, (await own).finished()]);
  await drawn(screen);
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
  await drawn(screen);
  expect(await shown.count()).toBe(0);
  figures.letGo();
  await shown.waitFor();
  expect(screen.troubles).toEqual([]);
  await screen.close();
});
