/** The app without any network: it starts, and a newer version never takes a form away. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { afterAll, afterEach, expect, test } from "vitest";

import { PIN } from "./phone";
import { DIST } from "./screen";
import { Stage } from "./stage";

/** The build the hub has inside, or the one shown in its place. */
const BUILD = DIST ?? resolve(import.meta.dirname, "../dist");

const stage = new Stage();
const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

// Whatever a test left behind, the next one has a network and the build.
afterEach(() => {
  stage.front.isDown = false;
  stage.front.dist = DIST;
});

/** A copy of the build whose service worker is another one. */
async function newerBuild(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "fieldbook-newer-"));
  folders.push(folder);
  await cp(BUILD, folder, { recursive: true });
  const worker = join(folder, "rep/sw.js");
  await writeFile(worker, `${await readFile(worker, "utf8")}\n// A newer one.\n`);
  return folder;
}

test("it starts cold without network, locked, and opens with the PIN", async () => {
  const phone = await stage.phone();
  await phone.pair("P1");
  await phone.untilCustomers(1);
  await phone.untilChip("synced");
  await phone.untilKept();
  stage.front.isDown = true;
  await phone.restart();
  await phone.unlock();
  await phone.go("/customers");
  await phone.page.locator("[data-customer]").first().click();
  await phone.page.locator("[data-card-name]", { hasText: "고객 0" }).waitFor();
  // Every page is there, those too that were never opened.
  for (const [path, ready] of [["/results", "[data-explained]"], ["/more", "[data-sign-out]"], ["/sale", "[data-save]"]] as const) {
    await phone.page.goto(`/rep${path}`);
    await phone.page.locator("input[name=pin]").fill("284917");
    await phone.page.locator(ready).first().waitFor();
  }
  await phone.untilChip("offline");
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("the PIN is asked for, and taken, before the book is found", async () => {
  const phone = await stage.phone();
  await phone.pair("P1");
  await phone.context.addInitScript(() => {
    const found = new Promise((done) => Object.assign(window, { find: done }));
    window.Worker = class extends Worker {
      override addEventListener(kind: string, listener: (event: Event) => void): void {
        super.addEventListener(kind, (event) => void found.then(() => listener(event)));
      }
    };
  });
  await phone.restart();
  await phone.page.locator("input[name=pin]").fill(PIN);
  await phone.page.locator("input[name=pin][readonly]").waitFor();
  expect(await phone.page.locator("[data-home-sale]").count()).toBe(0);
  await phone.page.evaluate(() => (window as unknown as { find(): void }).find());
  await phone.page.locator("[data-home-sale]").waitFor();
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("where another tab has the book open, no PIN is asked for, not for a moment", async () => {
  const phone = await stage.phone();
  await phone.pair("P1");
  await phone.context.addInitScript(() => {
    const look = () => document.querySelector("input[name=pin]") && document.documentElement.setAttribute("data-asked", "");
    new MutationObserver(look).observe(document, { subtree: true, childList: true });
  });
  const second = await phone.context.newPage();
  await second.goto("/rep/");
  await second.locator("[data-home-sale]").waitFor();
  expect(await second.locator("[data-asked]").count()).toBe(0);
  // A tab by itself is asked.
  await second.close();
  await phone.restart();
  await phone.page.locator("[data-asked]").waitFor({ state: "attached" });
  await phone.close();
});

test("a newer version waits for the form and is taken by a tap", async () => {
  const phone = await stage.phone();
  await phone.pair("P1");
  await phone.untilCustomers(1);
  await phone.untilKept();
  await phone.go("/new-customer");
  await phone.page.locator("input[name=name]").fill("이름을 적는 중");
  stage.front.dist = await newerBuild();
  await phone.page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  const notice = phone.page.locator("[data-notice=update]");
  await notice.waitFor();
  expect(await notice.locator("button").count()).toBe(0);
  expect(await phone.page.locator("input[name=name]").inputValue()).toBe("이름을 적는 중");
  await phone.page.locator("[data-save]").click();
  await phone.page.locator("[data-card-name]", { hasText: "이름을 적는 중" }).waitFor();
  await Promise.all([phone.page.waitForEvent("load"), notice.locator("button").click()]);
  await phone.unlock();
  await phone.openCard("이름을 적는 중");
  // Asked for in the order of asking: the page itself knows of no newer one either.
  const isWaiting = () => navigator.serviceWorker.register("/rep/sw.js", { scope: "/rep/", updateViaCache: "none" }).then(({ waiting }) => waiting !== null);
  expect(await phone.page.evaluate(isWaiting)).toBe(false);
  expect(await phone.page.locator("[data-notice=update]").count()).toBe(0);
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("the engine is started before the pages are", async () => {
  const phone = await stage.phone();
  await phone.pair("P1");
  await phone.context.addInitScript(() => {
    window.Worker = new Proxy(Worker, {
      construct: (real, args: ConstructorParameters<typeof Worker>) => {
        performance.mark("worker");
        return new real(...args);
      },
    });
  });
  await phone.restart();
  await phone.page.locator("input[name=pin]").waitFor();
  const { worker, page } = await phone.page.evaluate(() => {
    const words = performance.getEntriesByType("resource").find((entry) => entry.name.includes("/ko-"));
    return { worker: performance.getEntriesByName("worker")[0]?.startTime ?? Infinity, page: words?.startTime ?? 0 };
  });
  // What a page begins with asks for its words.
  expect(page).toBeGreaterThan(worker);
  expect(phone.troubles).toEqual([]);
  await phone.close();
});
