/** The board against the API, live, and down to the edit. */
import { expect, test } from "vitest";

import committed from "../openapi.json";
import { dayAgo, HOSTILE_NAME } from "./hub";
import { Stage } from "./stage";

interface Sums {
  net: number;
  withdrawn: number;
  premium_net_won: number;
  ape_net_won: number;
}
interface Figures {
  rows: (Sums & { unit: string; name: string })[];
  total: Sums;
}

/** A sale is on open boards within so long. */
const LIVE_MS = 2_000;
/** A pause of the machine is nothing of the hub's: of so many sales the one that was shown first counts, and each is shown. */
const LIVE_SALES = 3;
const SHOWN_MS = 10_000;

const stage = new Stage();

test("after signing in the board shows what the API tells", async () => {
  const screen = await stage.open();
  await screen.page.goto("/");
  await screen.signIn("hq");
  await screen.page.waitForURL("**/unit/nation");
  const told = await stage.hub.ask<Figures>("hq", "/api/v1/figures?from=today&to=today&level=region&unit=nation");
  await screen.untilKeyFigure("net", told.total.net);
  for (const field of ["net", "premium_net_won", "ape_net_won", "withdrawn"] as const) {
    expect(await screen.keyFigure(field), field).toBe(told.total[field]);
  }
  expect(told.rows.length).toBe(2);
  for (const row of told.rows) {
    const line = screen.page.locator(".table-body", { has: screen.page.locator(`[data-row-link="${row.unit}"]`) });
    expect(await line.locator("[data-column=premium] [data-won]").getAttribute("data-won")).toBe(String(row.premium_net_won));
    expect(await line.locator("[data-column=net] [data-count]").getAttribute("data-count")).toBe(String(row.net));
    expect(await line.locator("[data-row-link]").innerText()).toContain(row.name);
  }
  expect(await screen.sumCheck()).toBe("agrees");
  expect(await screen.page.locator("[data-completeness]").getAttribute("data-completeness")).toBe("0/5");
  // The access token is in memory alone.
  const kept = await screen.page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
  expect(kept).not.toMatch(/token|fieldbook_session/);
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("a wrong password is told in words, and a reload keeps the sign-in", async () => {
  const screen = await stage.open();
  await screen.page.goto("/hq");
  await screen.page.locator("input[name=user]").fill("hq");
  await screen.page.locator("input[name=password]").fill("something else");
  await screen.page.keyboard.press("Enter");
  await screen.page.getByRole("alert").getByText("SYNC-SIGN-IN").waitFor();
  await screen.signIn("hq");
  await screen.page.locator("[data-key-figure=net]").waitFor();
  await screen.page.reload();
  await screen.page.locator("[data-key-figure=net]").waitFor();
  await screen.close();
});

test("a sale on a device changes the open board within two seconds", async () => {
  const device = await stage.hub.device("P1");
  const screen = await stage.open();
  const { net, won } = await screen.watchBoard();
  const took: number[] = [];
  for (let sale = 1; sale <= LIVE_SALES; sale++) {
    await device.sell("WL01", 77_000);
    await device.run(["sync"]);
    const arrived = performance.now();
    await screen.untilKeyFigure("premium_net_won", won + sale * 77_000, SHOWN_MS);
    await screen.untilKeyFigure("net", net + sale, SHOWN_MS);
    took.push(performance.now() - arrived);
    expect(await screen.sumCheck()).toBe("agrees");
  }
  console.log(`sales on the open board after ${took.map(Math.round).join(", ")} ms`);
  expect(Math.min(...took)).toBeLessThanOrEqual(LIVE_MS);
  // The row of the region lit up, and no other.
  expect(await screen.page.locator(".table-body[data-changed] [data-row-link]").getAttribute("data-row-link")).toBe("R1");
  expect(await screen.isNotReloaded()).toBe(true);
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("five steps lead from the nation to an edit, each with its sum", async () => {
  const screen = await stage.open();
  const { page } = screen;
  await page.goto("/hq");
  await screen.signIn("hq");
  const addresses: string[] = [];
  const step = async (row: string, address: RegExp) => {
    // A page that is still loading has the address already, below the page before it: its own rows tell that it is there.
    await page.locator(row).first().waitFor();
    await page.locator("[data-sum-check=agrees]").first().waitFor();
    await page.locator(row).first().click();
    await page.waitForURL(address);
    addresses.push(page.url());
  };
  await step("[data-row-link=R1]", /unit\/R1/);
  await step("[data-row-link=B1]", /unit\/B1/);
  await step("[data-row-link=P1]", /unit\/P1/);
  await step('a[data-row-link][href^="/policy/"]', /policy\/[0-9a-f]{32}/);
  await step('a[data-row-link][href*="/edit/"]', /policy\/[0-9a-f]{32}\/edit\/[0-9a-f]+/);
  expect(addresses).toHaveLength(5);
  /** What the page of the edit says, once all of it has come: its way up, the units it counts for, and its sum. */
  const wordsOfEdit = async () => {
    await page.locator('article a[data-up][href^="/policy/"]').waitFor();
    await page.locator("article [data-crumb=P1]").waitFor();
    await page.locator("article [data-sum-check=agrees]").waitFor();
    return page.locator("article").innerText();
  };
  const words = await wordsOfEdit();
  expect(screen.troubles).toEqual([]);
  // Each of them can be shared: it shows the same to who opens it.
  await page.goto(addresses.at(-1) ?? "");
  expect(await wordsOfEdit()).toBe(words);
  await screen.close();
});

test("days and splits are in the address, and their sums agree", async () => {
  const screen = await stage.open();
  const day = dayAgo(1);
  await screen.page.goto(`/unit/nation?from=${day}&to=${day}&by=type`);
  await screen.signIn("hq");
  const told = await stage.hub.ask<Figures>("hq", `/api/v1/figures?from=${day}&to=${day}&unit=nation&by=type`);
  await screen.untilKeyFigure("premium_net_won", told.total.premium_net_won);
  expect(told.total.net).toBe(2);
  expect(await screen.page.locator(".table-body:not(.table-foot)").count()).toBe(told.rows.length);
  expect(await screen.sumCheck()).toBe("agrees");
  await screen.close();
});

test("a link to another's unit shows clear words and no figure", async () => {
  const screen = await stage.open();
  await screen.page.goto("/unit/R2");
  await screen.signIn("seoul");
  await screen.page.getByRole("heading", { name: "R2" }).waitFor();
  expect(await screen.page.locator("[data-won], [data-count], [data-sum-check]").count()).toBe(0);
  expect(await screen.page.locator("main").innerText()).not.toMatch(/부산|원/);
  // The way back to what this account may see.
  await screen.page.locator("main a").click();
  await screen.page.waitForURL("**/unit/R1");
  await screen.page.locator("[data-sum-check=agrees]").waitFor();
  await screen.close();
});

test("script in a unit's name is text", async () => {
  const screen = await stage.open();
  await screen.page.goto("/unit/R2");
  await screen.signIn("hq");
  const name = screen.page.locator("[data-row-link=B4]");
  await name.waitFor();
  expect(await name.innerText()).toContain(HOSTILE_NAME);
  await name.click();
  await screen.page.getByRole("heading", { level: 1, name: HOSTILE_NAME }).waitFor();
  expect(await screen.page.title()).toContain(HOSTILE_NAME);
  expect(await screen.page.locator("img").count()).toBe(0);
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("keys lead through the board", async () => {
  const screen = await stage.open();
  const { page } = screen;
  await page.goto("/hq?sort=name");
  await screen.signIn("hq");
  await page.locator("[data-row-link=R1]").waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-row-link"));
  expect(await focused()).toBe("R1");
  await page.keyboard.press("k");
  expect(await focused()).toBe("R2");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/unit/R2*");
  await page.locator("[data-row-link=B3]").waitFor();
  await page.keyboard.press("Backspace");
  await page.waitForURL("**/unit/nation*");
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type("해운");
  // Enter goes where only one unit is left.
  await expect.poll(() => page.getByRole("option").allTextContents()).toEqual([expect.stringContaining("B3")]);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/unit/B3*");
  await screen.close();
});

test("a file has the same totals as the board", async () => {
  const screen = await stage.open({ preferences: { language: "en" } });
  await screen.page.goto("/hq");
  await screen.signIn("hq");
  await screen.page.locator("[data-sum-check=agrees]").waitFor();
  const won = await screen.keyFigure("premium_net_won");
  await screen.page.keyboard.press("e");
  const [file] = await Promise.all([
    screen.page.waitForEvent("download"),
    screen.page.getByRole("menuitem", { name: "CSV" }).click(),
  ]);
  const stream = await file.createReadStream();
  let text = "";
  for await (const piece of stream) text += String(piece);
  const [head, ...lines] = text.trim().split(/\r?\n/);
  const column = head?.split(",").indexOf("premium_net_won") ?? -1;
  expect(column).toBeGreaterThan(0);
  const regions = lines.filter((line) => /^R\d,/.test(line));
  expect(regions.reduce((sum, line) => sum + Number(line.split(",")[column]), 0)).toBe(won);
  await screen.close();
});

test("the committed specification is the hub's", async () => {
  const served: unknown = await (await fetch(`${stage.hub.url}/api/v1/openapi.json`)).json();
  expect(committed).toEqual(served);
});

test("units below are ranked, and their spread is drawn by the column in order", async () => {
  const screen = await stage.open();
  const { page } = screen;
  // A region of nine branches: seven more are told in the hub's place, which sold nothing.
  await page.route(/\/api\/v1\/organisation\?.*unit=R2(&|$)/, async (route) => {
    const told = (await (await route.fetch()).json()) as { units: object[] };
    const more = Array.from({ length: 7 }, (_, index) => ({ unit: `N${index}`, name: `지점 ${index}`, level: "branch", parent: "R2" }));
    await route.fulfill({ json: { ...told, units: [...told.units, ...more] } });
  });
  await page.goto("/unit/R2");
  await screen.signIn("hq");
  await page.locator("[data-row-link=N3]").waitFor();
  const told = await stage.hub.ask<Figures>("hq", "/api/v1/figures?from=today&to=today&level=branch&unit=R2");
  expect(told.rows.length).toBe(2);
  const ranksBy = async (field: "net" | "premium_net_won") => {
    const values = [...told.rows.map((row) => row[field]), 0, 0, 0, 0, 0, 0, 0];
    for (const row of [...told.rows, { unit: "N3", net: 0, premium_net_won: 0 }]) {
      const line = page.locator(".table-body", { has: page.locator(`[data-row-link="${row.unit}"]`) });
      const rank = 1 + values.filter((other) => other > row[field]).length;
      expect(await line.locator("[data-column=rank]").innerText(), row.unit).toBe(String(rank));
    }
    const drawn = await page.locator("[data-spread] [data-units]").evaluateAll((bars) => bars.map((bar) => Number(bar.getAttribute("data-units"))));
    expect(drawn[0]).toBe(7);
    expect(drawn.reduce((sum, units) => sum + units, 0)).toBe(values.length);
    expect(await page.locator("[data-spread]").getAttribute("data-median")).toBe("0");
  };
  await page.locator("[data-spread=premium]").waitFor();
  await ranksBy("premium_net_won");
  // Another order, another measure.
  await page.getByRole("columnheader").nth(2).getByRole("button").click();
  await page.locator("[data-spread=net]").waitFor();
  await ranksBy("net");
  expect(screen.troubles).toEqual([]);
  await screen.close();
});
