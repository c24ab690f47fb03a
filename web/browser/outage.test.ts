/** What an open board does when the hub goes away and comes back, and when the sign-in ends under it. */
import { setTimeout as sleep } from "node:timers/promises";

import { expect, onTestFinished, test } from "vitest";

import { violations } from "./axe";
import { Stage } from "./stage";

/** The longest wait between two tries, and what a try takes. */
const BACK_MS = 15_000;
/** The longest until a board that asks tries for a place of its own again. */
const FREE_PLACE_MS = 60_000;

const stage = new Stage();

test("a board without its hub says how old it is, and recovers by itself", async () => {
  const device = await stage.hub.device("P4");
  const screen = await stage.open();
  const { won } = await screen.watchBoard();

  await stage.hub.stop();
  const lost = screen.page.locator("[data-line=lost]");
  await lost.waitFor();
  const age = async () => Number(/(\d+)초 전/.exec(await lost.innerText())?.[1]);
  await screen.page.waitForFunction(() => /[2-9]초 전/.test(document.querySelector("[data-line=lost]")?.textContent ?? ""));
  expect(await age()).toBeGreaterThanOrEqual(2);
  // What was there stays readable meanwhile.
  expect(await screen.keyFigure("premium_net_won")).toBe(won);

  await stage.hub.serve();
  await device.sell("WL01", 33_000);
  await device.run(["sync"]);
  await screen.page.locator("[data-line=live]").waitFor({ timeout: BACK_MS });
  await screen.untilKeyFigure("premium_net_won", won + 33_000, BACK_MS);
  expect(await lost.count()).toBe(0);
  expect(await screen.isNotReloaded()).toBe(true);
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("a board that finds no room says that it is not live, goes on by asking, and takes the next free place", async () => {
  const token = await stage.hub.token("hq");
  const leave = new AbortController();
  onTestFinished(() => leave.abort());
  // An answer that nobody holds any more is ended by whoever sweeps the memory, and its place is free again.
  const taken: Response[] = [];
  for (;;) {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${stage.hub.url}/api/v1/figures/live?from=today&to=today`, { headers, signal: leave.signal });
    if (answer.status === 503) break;
    if (answer.status === 429) {
      // So many boards of one browser so fast: it is told when to go on.
      await sleep(Number(answer.headers.get("retry-after")) * 1_000);
      continue;
    }
    expect(answer.status).toBe(200);
    taken.push(answer);
  }
  expect(taken.length).toBeGreaterThan(8);

  const device = await stage.hub.device("P1", "late");
  const screen = await stage.open();
  await screen.page.goto("/hq");
  await screen.signIn("hq");
  const asking = screen.page.locator("[data-line=asking]");
  await asking.getByText("실시간이 아닙니다").waitFor();
  await asking.getByText(/기준 수치, \d+초 전/).waitFor();
  expect(await violations(screen.page)).toEqual([]);
  const won = await screen.keyFigure("premium_net_won");
  await device.sell("WL01", 21_000);
  await device.run(["sync"]);
  await screen.untilKeyFigure("premium_net_won", won + 21_000);
  expect(await asking.count()).toBe(1);

  expect(taken.every((answer) => answer.body !== null)).toBe(true);
  leave.abort();
  await screen.page.locator("[data-line=live]").waitFor({ timeout: FREE_PLACE_MS });
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("a view whose files do not come says so in the page's language, below the frame, and comes when they do", async () => {
  const screen = await stage.open({ preferences: { language: "ko" } });
  const { page } = screen;
  await page.goto("/unit/nation");
  await screen.signIn("hq");
  await page.locator("[data-line=live]").waitFor();
  const files = /\/assets\/Trend-/;
  await page.route(files, (route) => route.abort());
  await page.goto("/unit/nation/trend");
  await page.getByRole("alert").getByText("WEB-UNREACHABLE").waitFor();
  expect(await violations(page)).toEqual([]);
  // The frame leads elsewhere.
  await page.getByRole("navigation").first().waitFor();
  await page.unroute(files);
  await page.getByRole("button", { name: "다시 시도" }).click();
  await page.locator("[data-sum-check=agrees]").waitFor();
  await screen.close();
});

test("a sign-in that ends asks again over the page, which stays", async () => {
  const screen = await stage.open();
  await screen.page.goto("/unit/R1?by=product");
  await screen.signIn("hq");
  await screen.page.locator("[data-line=live]").waitFor();
  // Somebody revokes the browser's devices; the board finds out within a few seconds.
  const devices = JSON.parse(await stage.hub.command(["device", "list", "--json"])) as { id: string; user: string }[];
  const own = devices.filter((device) => device.user === "hq");
  for (const device of own) await stage.hub.command(["device", "revoke", device.id]);
  const dialog = screen.page.getByRole("dialog");
  await dialog.waitFor({ timeout: 30_000 });
  expect(await screen.page.locator("[data-key-figure=net]").count()).toBe(1);
  await screen.signIn("hq");
  await dialog.waitFor({ state: "detached" });
  expect(screen.page.url()).toContain("/unit/R1?by=product");
  await screen.page.locator("[data-line=live]").waitFor({ timeout: BACK_MS });
  await screen.close();
});

test("two tabs share a sign-in, and sign out together", async () => {
  const screen = await stage.open();
  await screen.page.goto("/hq");
  await screen.signIn("hq");
  await screen.page.locator("[data-line=live]").waitFor();
  // Both trade the one cookie at the same time.
  const [second, third] = [await screen.context.newPage(), await screen.context.newPage()];
  await Promise.all([second.goto("/unit/R1"), third.goto("/unit/R2"), screen.page.reload()]);
  await Promise.all([second, third, screen.page].map((page) => page.locator("[data-line=live]").waitFor()));
  await second.getByRole("button", { name: /hq/ }).click();
  await second.getByRole("menuitem").click();
  await second.locator("input[name=password]").waitFor();
  await screen.page.getByRole("dialog").waitFor();
  await screen.close();
});
