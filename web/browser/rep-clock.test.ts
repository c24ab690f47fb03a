/** Phones whose clock is years off: nothing is lost, nothing counts for a wrong day unseen, and the app says what to do. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { clockBuild, sellWithClock, setClock } from "./clock";
import { dayAgo } from "./hub";
import { type Phone, PIN } from "./phone";
import { Stage } from "./stage";
import type { WorkerBuild } from "./workerBuild";

const YEAR_MS = 365.25 * 86_400_000;
const OFF = [
  ["three years fast", 3 * YEAR_MS, "3년 빠릅니다", "P1"],
  ["four years slow", -4 * YEAR_MS, "4년 느립니다", "P4"],
] as const;

interface Figures {
  rows: { unit: string; net: number }[];
}

const stage = new Stage();
let build: WorkerBuild;

beforeAll(async () => {
  build = await clockBuild();
  stage.front.dist = build.folder;
});
afterEach(() => {
  stage.front.isDown = false;
});
afterAll(() => build.remove());

/** Net policies of a rep at the hub: of today, and of all days a wrong clock may have named. */
async function atTheHub(rep: string): Promise<{ today: number; ever: number }> {
  const net = async (from: string, to: string) => {
    const { rows } = await stage.hub.ask<Figures>("hq", `/api/v1/figures?from=${from}&to=${to}&level=rep`);
    return rows.find(({ unit }) => unit === rep)?.net ?? 0;
  };
  const years = Array.from({ length: 10 }, (_, at) => Number(dayAgo(0).slice(0, 4)) - 5 + at);
  let ever = 0;
  for (const year of years) ever += await net(`${year}-01-01`, `${year}-12-31`);
  return { today: await net(dayAgo(0), dayAgo(0)), ever };
}

/** Adds a customer and sells a policy to it; the policy is on the screen, and so is what the form said of the day. */
async function sell(phone: Phone, name: string): Promise<void> {
  await phone.go("/new-customer");
  await phone.page.locator("input[name=name]").fill(name);
  await phone.tap("[data-save]");
  await phone.page.locator("[data-card-name]", { hasText: name }).waitFor();
  await phone.tap("[data-action=sale]");
  await phone.finishSale("life", "8");
  await phone.page.locator("[data-policy]").waitFor();
}

/** Customers of this name that another device of the rep has. */
async function elsewhere(rep: string, device: string, name: string): Promise<number> {
  const other = await stage.hub.device(rep, device);
  await other.run(["sync"]);
  return (await other.run(["customer", "list"])).split(name).length - 1;
}

test("where pairing fails too, it is said that the clock is off", async () => {
  const phone = await stage.phone();
  await sellWithClock(phone, 3 * YEAR_MS);
  await phone.page.goto("/rep/#pair=10000001");
  await phone.page.locator("input[name=pin]").fill(PIN);
  await phone.page.locator("input[name=pin-again]").fill(PIN);
  await phone.page.locator("button[type=submit]").click();
  await phone.page.getByRole("alert").getByText("PAIR-CODE-WRONG").waitFor();
  await phone.page.locator("[data-notice=clock]", { hasText: "3년 빠릅니다" }).waitFor();
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test.each(OFF)("%s: it pairs, says so, and what is sold without network counts for the hub's day, once", async (_, aheadMs, words, rep) => {
  const before = await atTheHub(rep);
  const name = `시계고객${rep}`;
  const phone = await stage.phone();
  await sellWithClock(phone, aheadMs);
  await phone.pair(rep);
  await phone.untilChip("synced");
  const notice = () => phone.page.locator("[data-notice=clock]");
  await notice().filter({ hasText: words }).waitFor();
  // The moment at headquarters, told in the zone of this machine.
  expect(await notice().innerText()).toContain(`본사 ${new Date().getFullYear()}. `);

  await phone.untilKept();
  stage.front.isDown = true;
  await phone.go("/new-customer");
  await phone.page.locator("input[name=name]").fill(name);
  await phone.tap("[data-save]");
  await phone.page.locator("[data-card-name]", { hasText: name }).waitFor();
  await phone.tap("[data-action=sale]");
  await phone.tap("[data-chip-value=life]");
  const day = phone.page.locator("input[name=sale-date]");
  await expect.poll(async () => [await day.inputValue(), await day.getAttribute("max")]).toEqual([dayAgo(0), dayAgo(0)]);
  await phone.finishSale("life", "8");
  await phone.page.locator("[data-policy]").waitFor();
  await phone.untilChip("offline");

  stage.front.isDown = false;
  await phone.syncNow();
  await phone.untilChip("synced");
  expect(await atTheHub(rep)).toEqual({ today: before.today + 1, ever: before.ever + 1 });
  expect(await elsewhere(rep, `${rep}-beside`, name)).toBe(1);

  // The same on both sides, before the clock is right and after.
  const agrees = async () => {
    await phone.go("/results");
    await phone.page.locator("[data-explained=true]").waitFor();
    // All of one moment; what the hub has confirmed may be heard of after the page was there.
    const told = () =>
      phone.page.evaluate(() => {
        const [own, hq] = ["own", "hq"].map((side) => Number(document.querySelector(`[data-side=${side}]`)?.getAttribute("data-net")));
        return { isSame: own === hq, isSome: (own ?? 0) > 0, differences: document.querySelectorAll("[data-difference]").length };
      });
    await expect.poll(told).toEqual({ isSame: true, isSome: true, differences: 0 });
    // The page before has been told the day, by which a policy's line knows whether its own is wrong.
    await phone.openCard(name);
    await phone.tap("[data-tab=policies]");
    expect(await phone.page.locator("[data-policy]").innerText()).not.toContain("집계되지");
  };
  await agrees();
  await notice().waitFor();
  await setClock(phone, 0);
  await phone.unlock();
  // With an answer of the hub its clock is known: only then nothing to say means that there is nothing.
  await phone.syncNow();
  await phone.untilChip("synced");
  await agrees();
  expect(await notice().count()).toBe(0);
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test.each(OFF)("%s, and nobody knew: the sale does not count, says so where it stands, and counts once its day is corrected", async (_, aheadMs, words, rep) => {
  const name = `모르고${rep}`;
  const phone = await stage.phone();
  await sellWithClock(phone, 0);
  await phone.pair(rep);
  await phone.untilChip("synced");
  await phone.untilKept();
  const before = await atTheHub(rep);
  stage.front.isDown = true;
  await setClock(phone, aheadMs);
  await phone.unlock();
  await sell(phone, name);
  await phone.untilChip("offline");

  stage.front.isDown = false;
  await phone.syncNow();
  await phone.untilChip("synced");
  expect(await atTheHub(rep)).toEqual(before);
  await phone.page.locator("[data-notice=clock]", { hasText: words }).waitFor();
  await phone.page.locator("[data-wrong-day]").waitFor();
  await phone.tap("[data-policy-more]");
  await phone.tap("[data-field=sale_date] button");
  await phone.page.locator("input[name=sale_date]").fill(dayAgo(0));
  await phone.tap("form[data-field=sale_date] button[type=submit]");
  await phone.page.locator("[data-wrong-day]").waitFor({ state: "detached" });
  await phone.syncNow();
  await phone.untilChip("synced");
  expect(await atTheHub(rep)).toEqual({ today: before.today + 1, ever: before.ever + 1 });
  expect(await elsewhere(rep, `${rep}-after`, name)).toBe(1);
  expect(phone.troubles).toEqual([]);
  await phone.close();
});
