/** The engine of the rep's app in a real browser, against a real hub: nothing is lost, nothing done twice, nothing readable. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";

import { ask, browse, inState, Stand, withStatus } from "./engine/stand";
import { type Device, Hub, PASSWORD } from "./hub";

const PIN = "482913";
const NAMES = ["문가람", "이수경", "박하늘"];
/** Times a tab is killed in the middle of writing; `npm run soak` kills it 500 times. */
const KILLS_VARIABLE = "FIELDBOOK_KILLS";
const KILLS = Number(process.env[KILLS_VARIABLE] ?? "25");
if (!Number.isInteger(KILLS) || KILLS < 1) throw new Error(`${KILLS_VARIABLE} must be a number from 1 on: a run that kills nothing shows nothing`);
/** What one kill takes at most, with the start and the unlocking after it. */
const KILL_MS = 30_000;
/** A long run says now and then how far it is. */
const TELL_EVERY = 50;
const TABS = 10;
/** How long no PIN is tried after the fifth wrong one; twice as long after each further one. */
const FIRST_WAIT_MS = 30_000;

let hub: Hub;
let stand: Stand;
let profile: string;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  hub = await Hub.start();
  const file = join(hub.folder, "more.csv");
  const rows = NAMES.map((name, at) => `X${at},P1,${name}`);
  await writeFile(file, ["customer_no,rep_code,name", ...rows].join("\n") + "\n");
  await hub.command(["import", "customers", file]);
  stand = await Stand.start(hub.url);
});

afterAll(async () => {
  await stand.stop();
  await hub.remove();
});

beforeEach(async () => {
  stand.way = "open";
  profile = await mkdtemp(join(tmpdir(), "fieldbook-profile-"));
  context = await browse(profile);
  page = await stand.tab(context);
});

afterEach(async () => {
  await context.close();
  // A browser that has just ended may still be putting things away.
  await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

/** Pairs by name and password, and waits for the book. */
async function pair(at: Page, deviceName = "test"): Promise<void> {
  await inState(at, "unpaired");
  await enter(at, deviceName);
}

async function enter(at: Page, deviceName = "test"): Promise<void> {
  const state = await ask(at, "pair", { server: stand.url, pin: PIN, deviceName, user: "P1", password: PASSWORD });
  expect(state).toMatchObject({ kind: "ready", user: "P1" });
  await withStatus(at, "synced", 0);
}

async function names(at: Page, text: string): Promise<string[]> {
  const found = await ask(at, "customers", { text, offset: 0, limit: 1_000 });
  return found.rows.map((row) => row.name);
}

/** The same however many there are: one answer holds a thousand. */
async function allNames(at: Page, text: string): Promise<string[]> {
  const found: string[] = [];
  for (let total = 1; found.length < total; ) {
    const page = await ask(at, "customers", { text, offset: found.length, limit: 1_000 });
    total = page.rows.length > 0 ? page.total : 0;
    found.push(...page.rows.map((row) => row.name));
  }
  return found;
}

async function create(at: Page, name: string): Promise<string> {
  const operations = [{ op: "set" as const, field: "name", value: name }];
  return (await ask(at, "createCustomer", { operations })).document;
}

/** The names on another device of the same person. */
async function elsewhere(device: Device): Promise<string[]> {
  await device.run(["sync"]);
  const told = JSON.parse(await device.run(["customer", "list", "--json"])) as { fields: { name: string } }[];
  return told.map((row) => row.fields.name);
}

it("brings the book, and finds customers as people type", async () => {
  await pair(page);
  expect(await names(page, "")).toEqual(expect.arrayContaining(NAMES));
  expect(await names(page, "가람")).toEqual(["문가람"]);
  expect(await names(page, "ㅇㅅㄱ")).toEqual(["이수경"]);
  expect((await ask(page, "products")).length).toBeGreaterThan(0);
});

it("keeps what is written offline and sends it once", async () => {
  await pair(page);
  await context.setOffline(true);
  const id = await create(page, "오프라인고객");
  await ask(page, "logContact", { customer: id, channel: "visit", outcome: "met" });
  await withStatus(page, "offline", 2);
  expect((await ask(page, "document", { id })).state).toBe("saved");
  await context.setOffline(false);
  await withStatus(page, "synced", 0);
  const device = await hub.device("P1");
  expect((await elsewhere(device)).filter((name) => name === "오프라인고객")).toHaveLength(1);
  const shown = JSON.parse(await device.run(["customer", "show", id, "--json"])) as { fields: { visits: number } };
  expect(shown.fields.visits).toBe(1);
  await device.run(["customer", "set", id, "occupation=pilot"]);
  await device.run(["sync"]);
  // Told of by a poke, long before the engine would ask by itself.
  await expect.poll(async () => (await ask(page, "document", { id })).fields["occupation"]).toBe("pilot");
});

it("takes no page of a network's own for a hub", async () => {
  await pair(page);
  stand.way = "portal";
  const id = await create(page, "로비고객");
  await withStatus(page, "offline", 1);
  stand.way = "open";
  expect((await ask(page, "sync")).unsent).toBe(0);
  expect((await ask(page, "document", { id })).state).toBe("confirmed");
});

it("opens with the PIN alone, and waits after wrong ones, also after a reload", async () => {
  await pair(page);
  await page.reload();
  await inState(page, "locked");
  await expect(ask(page, "customers", { text: "", offset: 0, limit: 1 })).rejects.toThrow("LOCKED");
  const wrongPin = () => ask(page, "unlock", { pin: "000000" }).then(() => "opened", (problem: unknown) => String(problem));
  let triedMs = 0;
  for (let wrong = 0; wrong < 5; wrong++) {
    triedMs = Date.now();
    expect(await wrongPin()).toContain("PIN-WRONG");
  }
  await expect(ask(page, "unlock", { pin: PIN })).rejects.toThrow("PIN-WAIT");
  for (let waitMs = FIRST_WAIT_MS; ; waitMs *= 2) {
    await page.reload();
    const state = await inState(page, "locked");
    const askedMs = Date.now();
    const answer = await wrongPin();
    if (answer.includes("PIN-WAIT")) {
      expect(state).toHaveProperty("waitUntil");
      break;
    }
    // A busy machine took longer to open the page again than the wait was; after this wrong one it is twice as long.
    expect(answer).toContain("PIN-WRONG");
    expect(Date.now() - triedMs).toBeGreaterThanOrEqual(waitMs);
    triedMs = askedMs;
  }
});

it("changes the PIN and keeps the book", async () => {
  await pair(page);
  await expect(ask(page, "changePin", { old: "000000", new: "111222" })).rejects.toThrow("PIN-WRONG");
  await ask(page, "changePin", { old: PIN, new: "111222" });
  await ask(page, "lock");
  await expect(ask(page, "unlock", { pin: PIN })).rejects.toThrow("PIN-WRONG");
  expect(await ask(page, "unlock", { pin: "111222" })).toMatchObject({ kind: "ready" });
  expect(await names(page, "가람")).toEqual(["문가람"]);
});

it("loses nothing that was said to be saved, however often its tab is killed", { timeout: KILLS * KILL_MS }, async () => {
  await pair(page);
  const saved: string[] = [];
  /** Edits that were said to be saved before each kill. */
  const savedBefore: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    await page.exposeFunction("acked", (name: string) => void saved.push(name));
    await page.evaluate((kill) => {
      void (async () => {
        for (let at = 0; ; at++) {
          const name = `죽음 ${kill}-${at}`;
          await window.book.call("createCustomer", { operations: [{ op: "set", field: "name", value: name }] });
          await window.acked?.(name);
        }
      })();
    }, kill);
    const before = saved.length;
    await expect.poll(() => saved.length, { interval: 5, timeout: 30_000 }).toBeGreaterThan(before);
    // Another instant of the writing each time.
    await page.waitForTimeout((kill * 37) % 120);
    const session = await context.newCDPSession(page);
    const crashed = page.waitForEvent("crash");
    session.send("Page.crash").catch(() => undefined);
    await crashed;
    savedBefore.push(saved.length - before);
    if (savedBefore.length % TELL_EVERY === 0) console.log(`killed ${savedBefore.length} times of ${KILLS}; ${saved.length} edits said to be saved`);
    await page.close();
    page = await stand.tab(context);
    await inState(page, "locked");
    await ask(page, "unlock", { pin: PIN });
  }
  const here = await allNames(page, "죽음");
  console.log(`killed ${savedBefore.length} times; edits said to be saved before each: ${savedBefore.join(" ")}; ${saved.length} in all, ${here.length} there`);
  expect(savedBefore).toHaveLength(KILLS);
  expect(Math.min(...savedBefore)).toBeGreaterThan(0);
  const kept = new Set(here);
  expect(saved.filter((name) => !kept.has(name))).toEqual([]);
  expect(kept.size).toBe(here.length);
  await ask(page, "sync");
  await withStatus(page, "synced", 0);
  const there = new Set(await elsewhere(await hub.device("P1")));
  expect(saved.filter((name) => !there.has(name))).toEqual([]);
});

it("is one book in ten tabs, and does each call once though the tab that has it goes away", async () => {
  await pair(page);
  const tabs = [page];
  while (tabs.length < TABS) {
    const tab = await stand.tab(context);
    expect(await inState(tab, "ready")).toMatchObject({ leader: false });
    tabs.push(tab);
  }
  const calls = tabs.slice(1).flatMap((tab, at) => [0, 1, 2].map((nth) => create(tab, `탭 ${at}-${nth}`)));
  const made = Promise.all(calls);
  await page.close();
  const next = tabs[1];
  if (!next) throw new Error("there are ten tabs");
  page = next;
  // The next worker opens the book; calls that nobody answered are asked again.
  await made;
  const expected = tabs.slice(1).flatMap((_, at) => [0, 1, 2].map((nth) => `탭 ${at}-${nth}`));
  expect((await names(page, "탭")).sort()).toEqual(expected.sort());
  await Promise.all(tabs.slice(1).map((tab, at) => create(tab, `뒤 ${at}`)));
  expect(await names(page, "뒤")).toHaveLength(TABS - 1);
});

it("says that the browser took the book away, and begins anew", async () => {
  await pair(page);
  await ask(page, "sync");
  const session = await context.newCDPSession(page);
  await session.send("Storage.clearDataForOrigin", { origin: stand.url, storageTypes: "indexeddb" });
  await create(page, "verloren").catch(() => undefined);
  expect(await inState(page, "evicted")).toMatchObject({ kind: "evicted", user: "P1" });
  await page.evaluate(() => void window.events.splice(0));
  await enter(page);
  expect(await names(page, "가람")).toEqual(["문가람"]);
});

it("keeps nothing once an administrator revoked the device", async () => {
  await pair(page, "to be revoked");
  const listed = JSON.parse(await hub.command(["--json", "device", "list"])) as { id: string; name: string }[];
  const device = listed.find(({ name }) => name === "to be revoked");
  await hub.command(["device", "revoke", device?.id ?? ""]);
  await ask(page, "sync").catch(() => undefined);
  await inState(page, "revoked");
  await expect(ask(page, "customers", { text: "", offset: 0, limit: 1 })).rejects.toThrow("LOCKED");
  await page.reload();
  await inState(page, "unpaired");
});

it("keeps work that nobody else has when the device is revoked, and sends it after the next sign-in", async () => {
  await pair(page, "revoked with work");
  await context.setOffline(true);
  const id = await create(page, "해지된고객");
  const listed = JSON.parse(await hub.command(["--json", "device", "list"])) as { id: string; name: string }[];
  const device = listed.find(({ name }) => name === "revoked with work");
  await hub.command(["device", "revoke", device?.id ?? ""]);
  await context.setOffline(false);
  await ask(page, "sync").catch(() => undefined);
  await withStatus(page, "problem", 1);
  expect((await ask(page, "document", { id })).fields["name"]).toBe("해지된고객");
  await ask(page, "signIn", { password: PASSWORD });
  await ask(page, "sync");
  expect(await elsewhere(await hub.device("P1"))).toContain("해지된고객");
});

it("forgets everything when the person signs out, and not while work waits", async () => {
  await pair(page);
  await context.setOffline(true);
  await create(page, "wartend");
  await expect(ask(page, "signOut", {})).rejects.toThrow("UNSENT-WORK");
  expect(await ask(page, "signOut", { evenUnsent: true })).toEqual({ kind: "unpaired" });
  await page.reload().catch(() => undefined);
  await context.setOffline(false);
  await page.goto(`${stand.url}/engine/`);
  await inState(page, "unpaired");
});

it("keeps nothing readable of a customer in the browser's profile", async () => {
  const secrets = ["은밀한이름", "010-9876-1234", "비밀 메모입니다"];
  await page.evaluate(async () => {
    const opened = indexedDB.open("control", 1);
    opened.onupgradeneeded = () => opened.result.createObjectStore("c");
    await new Promise((done) => (opened.onsuccess = done));
    const written = opened.result.transaction("c", "readwrite", { durability: "strict" });
    written.objectStore("c").put(new TextEncoder().encode("control-9876-1234"), "k");
    await new Promise((done) => (written.oncomplete = done));
  });
  await pair(page);
  const [name = "", phone = "", note = ""] = secrets;
  const id = await create(page, name);
  await ask(page, "edit", { id, operations: [{ op: "add", field: "phone", value: phone }, { op: "append", field: "notes", line: note }] });
  expect(await names(page, "은밀")).toEqual([name]);
  await ask(page, "sync");
  await context.close();
  expect(await filesWith(profile, "control-9876-1234"), "the search itself works").not.toEqual([]);
  for (const secret of [...secrets, ...NAMES, PIN, PASSWORD]) expect(await filesWith(profile, secret), secret).toEqual([]);
});

/** Files below a folder that hold a text, in either way that browsers write it. */
async function filesWith(folder: string, text: string): Promise<string[]> {
  const wanted = [Buffer.from(text, "utf8"), Buffer.from(text, "utf16le")];
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name)).catch((error: unknown) => {
      // Put away by the browser meanwhile: it keeps nothing any more.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
      throw error;
    });
    if (wanted.some((bytesOfIt) => bytes.includes(bytesOfIt))) found.push(entry.name);
  }
  return found;
}
