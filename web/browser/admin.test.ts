/** The administrator's screens: people, devices, orders, files, audit, settings; two at once; and who has no business there. */
import { expect, test, type TestContext } from "vitest";

import { OVER_THE_PAGE, violations } from "./axe";
import { HOSTILE_NAME } from "./hub";
import type { Screen } from "./screen";
import { Stage } from "./stage";

const stage = new Stage();

const ORG = "region_code,region_name,branch_code,branch_name,rep_code,rep_name\n";

/** How long the hub may take for its own work, and how often one looks. */
const WORK = { timeout: 30_000, interval: 250 };

/** Skips, with a notice, where the hub is older than the console; never where everything must be tested. */
async function needs({ skip }: TestContext, path: string): Promise<void> {
  if (process.env["CI"] === "true" || (await stage.hub.has(path))) return;
  skip(`this hub has no ${path}`);
}

async function signedIn(path: string, user = "admin", language = "en"): Promise<Screen> {
  const screen = await stage.open({ preferences: { language } });
  await screen.page.goto(path);
  await screen.signIn(user);
  return screen;
}

/** A file as a person chooses it. */
const file = (name: string, text: string) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(text) });

test("other roles that follow a link to /admin see clear words, and nothing is asked for", async () => {
  for (const user of ["hq", "seoul", "P1"]) {
    for (const part of ["people", "people/admin", "devices", "organisation", "absences", "import", "audit", "health", "settings"]) {
      const screen = await stage.open({ preferences: { language: "en" } });
      const asked: string[] = [];
      screen.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
      await screen.page.goto(`/admin/${part}`);
      await screen.signIn(user);
      await screen.page.locator("[data-not-for]").waitFor();
      expect(asked.filter((path) => /accounts|devices|orders|absences|imports|audit|health|settings/.test(path) && path.startsWith("/api"))).toEqual([]);
      expect(await screen.page.locator("nav a[href='/admin']").count()).toBe(0);
      await screen.close();
      if (user !== "hq") break;
    }
  }
});

test("a person is added, moved, suspended and taken back; the password is shown once", async (context) => {
  await needs(context, "/api/v1/accounts");
  const screen = await signedIn("/admin/add-person");
  const { page } = screen;
  await page.locator("input[name=name]").fill("newcomer");
  await page.getByLabel("Role").selectOption("manager");
  await page.getByLabel("Unit's code").fill("B1");
  await page.getByText("Nation / 서울 / 강남").waitFor();
  await page.getByRole("button", { name: "Add a person" }).click();
  const password = await page.locator("[data-password]").innerText();
  expect(password.length).toBeGreaterThanOrEqual(12);
  await page.getByRole("button", { name: "Copy" }).waitFor();
  await page.reload();
  await page.locator("input[name=name]").waitFor();
  expect(await page.locator("[data-password]").count()).toBe(0);

  await page.goto("/admin/people?text=newcomer");
  await page.locator("[data-row-link=newcomer]").click();
  await page.getByLabel("Unit's code").fill("B2");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved: Manager").waitFor();
  await page.locator("[data-suspend]").click();
  await page.getByText("newcomer is suspended").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("newcomer may sign in again").waitFor();
  await page.getByRole("button", { name: "Make a new password" }).click();
  expect(await page.locator("[data-password]").innerText()).not.toBe(password);
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("two administrators at one account: the second sees both, keeps what was typed, and decides", async (context) => {
  await needs(context, "/api/v1/accounts");
  const [first, second] = [await signedIn("/admin/people/seoul"), await signedIn("/admin/people/seoul", "admin2")];
  await first.page.getByLabel("Unit's code").fill("B1");
  await second.page.getByLabel("Unit's code").fill("B2");
  await first.page.getByRole("button", { name: "Save" }).click();
  await first.page.getByText("Saved: Manager").waitFor();
  await second.page.getByRole("button", { name: "Save" }).click();
  const both = second.page.locator("[data-both]");
  await both.getByText("CHANGED-MEANWHILE").waitFor();
  await both.getByRole("cell", { name: "B1", exact: true }).waitFor();
  await both.getByRole("cell", { name: "B2", exact: true }).waitFor();
  expect(await second.page.getByLabel("Unit's code").inputValue()).toBe("B2");
  expect(await violations(second.page)).toEqual([]);
  // Nothing was changed by the refusal.
  await first.page.reload();
  expect(await first.page.getByLabel("Unit's code").inputValue()).toBe("B1");
  await both.getByRole("button", { name: "Store mine" }).click();
  await second.page.getByText("Saved: Manager").waitFor();
  expect(await both.count()).toBe(0);
  await first.page.reload();
  await first.page.locator("[data-account]").waitFor();
  expect(await first.page.getByLabel("Unit's code").inputValue()).toBe("B2");
  for (const screen of [first, second]) {
    expect(screen.troubles).toEqual([]);
    await screen.close();
  }
});

test("two administrators at one unit: what the order would do now is shown again, and nothing typed is lost", async (context) => {
  await needs(context, "/api/v1/organisation/orders");
  const screens = [await signedIn("/admin/organisation?unit=P2"), await signedIn("/admin/organisation?unit=P2", "admin2")] as const;
  for (const [index, { page }] of screens.entries()) {
    await page.getByLabel("To", { exact: true }).fill(index === 0 ? "B2" : "B3");
    await page.getByRole("button", { name: "Look first" }).click();
    await page.locator("[data-differences]").waitFor();
  }
  const [first, second] = screens;
  await first.page.getByRole("button", { name: "Apply the order" }).click();
  await first.page.getByText("Applied: 1 unit").waitFor();
  await second.page.getByRole("button", { name: "Apply the order" }).click();
  await second.page.getByRole("alert").getByText("CHANGED-MEANWHILE").waitFor();
  expect(await second.page.getByLabel("To", { exact: true }).inputValue()).toBe("B3");
  // It was looked at again, over what the first one ordered.
  await second.page.locator("[data-differences]").waitFor();
  await second.page.getByRole("button", { name: "Apply the order" }).click();
  await second.page.getByText("Applied: 1 unit").waitFor();
  for (const screen of screens) {
    expect(screen.troubles).toEqual([]);
    await screen.close();
  }
});

test("an order that cannot be is told by its problem, and cannot be applied", async (context) => {
  await needs(context, "/api/v1/organisation/orders");
  const screen = await signedIn("/admin/organisation");
  const { page } = screen;
  await page.getByLabel("Unit", { exact: true }).fill("XX");
  await page.getByText("No unit has this code today.").waitFor();
  await page.getByLabel("To", { exact: true }).fill("B2");
  await page.getByRole("button", { name: "Look first" }).click();
  await page.locator("[data-report=problems]").getByText("XX").first().waitFor();
  expect(await page.getByRole("button", { name: "Apply the order" }).count()).toBe(0);
  await screen.close();
});

test("a file is looked through before it is applied; a wrong one is told in words", async (context) => {
  await needs(context, "/api/v1/imports/{kind}");
  const screen = await signedIn("/admin/import?kind=org");
  const { page } = screen;
  const choose = page.locator("input[name=file]");
  await choose.setInputFiles(file("report.pdf", "%PDF-1.7\n1 0 obj\n"));
  await page.locator("[data-wrong-file]").getByText("report.pdf is no file of this kind").waitFor();
  expect(await page.getByRole("button", { name: "Apply the file" }).count()).toBe(0);
  await choose.setInputFiles(file("dirty.csv", `${ORG}R1,서울,??,강남,P9,한소라\n`));
  await page.locator("[data-report=problems]").waitFor();
  expect(await page.getByRole("button", { name: "Apply the file" }).count()).toBe(0);
  await choose.setInputFiles(file("org.csv", `${ORG}R1,서울,B1,강남,P9,한소라\n`));
  await page.locator("[data-report=clean] [data-differences]").waitFor();
  await page.getByText("Nothing has been changed so far").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Apply the file" }).click();
  await page.getByText("org.csv was applied").waitFor();
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("a device is revoked after its name is typed, and what happens to unsent work is said before", async (context) => {
  await needs(context, "/api/v1/devices");
  const device = await stage.hub.device("P4");
  await device.sell("WL01", 10_000);
  const screen = await signedIn("/admin/devices?text=P4");
  const { page } = screen;
  const buttons = page.getByRole("button", { name: /^Revoke .* of P4$/ });
  await buttons.first().click();
  const dialog = page.getByRole("dialog");
  expect(await dialog.innerText()).toMatch(/unsent/);
  expect(await violations(page, OVER_THE_PAGE)).toEqual([]);
  const revoke = dialog.getByRole("button", { name: "Revoke", exact: true });
  expect(await revoke.isDisabled()).toBe(true);
  const label = await dialog.locator("label").innerText();
  await dialog.locator("input[name=typed]").fill(label.slice(label.indexOf(": ") + 2).trim());
  await revoke.click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText(/of P4 is revoked/).waitFor();
  // The hub has it so, and the device finds out.
  const told = await stage.hub.ask<{ rows: { user: string; revoked: boolean }[] }>("admin", "/api/v1/devices?user=P4");
  expect(told.rows.map(({ revoked }) => revoked)).toEqual([true]);
  await expect(device.run(["sync"])).rejects.toThrow(/revoked|sign in/i);
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("the audit is filtered by its address, taken as a file, and checked", async (context) => {
  await needs(context, "/api/v1/audit");
  const screen = await signedIn("/admin/audit?user=admin");
  const { page } = screen;
  await page.locator(".table-body").first().waitFor();
  expect(await page.locator("[data-column=user]").first().innerText()).toContain("admin");
  await page.getByRole("button", { name: "Check the chain" }).click();
  await page.getByText("the chain is whole").waitFor();
  const [taken] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "CSV file" }).click()]);
  expect(taken.suggestedFilename()).toBe("audit.csv");
  await page.getByLabel("Who").fill("nobody-is-called-so");
  await page.locator("[data-empty]").waitFor();
  expect(page.url()).toContain("user=nobody-is-called-so");
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("settings are changed together, and two administrators see each other's", async (context) => {
  await needs(context, "/api/v1/settings");
  const [first, second] = [await signedIn("/admin/settings"), await signedIn("/admin/settings", "admin2")];
  const field = (screen: Screen) => screen.page.locator("[data-setting] input[inputmode=decimal]:enabled").first();
  const before = Number(await field(first).inputValue());
  await field(first).fill(String(before + 1));
  await field(second).fill(String(before + 2));
  await first.page.getByText("1 change, not stored yet").waitFor();
  await first.page.getByRole("button", { name: "Save" }).click();
  await first.page.getByText("Stored.").waitFor();
  await second.page.getByRole("button", { name: "Save" }).click();
  await second.page.locator("[data-both]").getByRole("cell", { name: String(before + 1), exact: true }).waitFor();
  expect(await field(second).inputValue()).toBe(String(before + 2));
  await second.page.getByRole("button", { name: "Take the hub's" }).click();
  expect(await field(second).inputValue()).toBe(String(before + 1));
  for (const screen of [first, second]) {
    expect(screen.troubles).toEqual([]);
    await screen.close();
  }
});

test("the hub's health and work are shown, and what was there stays readable without the hub", async (context) => {
  await needs(context, "/api/v1/health");
  const screen = await signedIn("/admin/health");
  const { page } = screen;
  await page.locator("[data-check]").first().waitFor();
  const shown = await page.locator("[data-check]").count();
  await stage.hub.stop();
  await page.locator("[data-old]").waitFor({ timeout: 60_000 });
  expect(await page.locator("[data-check]").count()).toBe(shown);
  // The page asks by itself, too. That is held back until the press, so that the press is what brings the answer.
  await page.evaluate(() => {
    let isPressed = false;
    window.addEventListener("pointerdown", () => (isPressed = true), { capture: true });
    const ask = window.fetch.bind(window);
    const isEarly = (asked: RequestInfo | URL) => !isPressed && asked instanceof Request && asked.url.endsWith("/api/v1/health");
    window.fetch = (asked, how) => (isEarly(asked) ? Promise.reject(new TypeError("not before the press")) : ask(asked, how));
  });
  await stage.hub.serve();
  await page.locator("[data-old]").getByRole("button").click();
  await page.locator("[data-old]").waitFor({ state: "detached", timeout: 30_000 });
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("work that failed is run again from here, and the hub does it", async (context) => {
  await needs(context, "/api/v1/health/jobs/{job}/run");
  interface Health {
    jobs: { job: string; outcome: string; last_ms: number }[];
  }
  const jobs = async () => (await stage.hub.ask<Health>("admin", "/api/v1/health")).jobs;
  await expect.poll(async () => (await jobs()).some(({ outcome }) => outcome === "done"), WORK).toBe(true);
  const [one] = (await jobs()).filter(({ outcome }) => outcome === "done");
  if (!one) throw new Error("the hub did no work");
  const screen = await signedIn("/admin/audit");
  const { page } = screen;
  // Nothing failed: the hub's answer alone is another one.
  await page.route("**/api/v1/health", async (route) => {
    const told = (await (await route.fetch()).json()) as Health;
    const failed = { outcome: "failed", trouble: "the disk was full" };
    await route.fulfill({ json: { ...told, jobs: told.jobs.map((job) => (job.job === one.job ? { ...job, ...failed } : job)) } });
  });
  await page.goto("/admin/health");
  await page.getByText("the disk was full").waitFor();
  await page.getByRole("button", { name: `Run ${one.job} now` }).click();
  await page.getByText(`${one.job} is ordered to run.`).waitFor();
  await expect.poll(async () => (await jobs()).find(({ job }) => job === one.job)?.last_ms ?? 0, WORK).toBeGreaterThan(one.last_ms);
  const told = await stage.hub.ask<{ rows: { action: string; object: string }[] }>("admin", "/api/v1/audit?user=admin");
  expect(told.rows.some(({ action, object }) => action === "job_run" && object === one.job)).toBe(true);
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("script in a unit's name is text in the administrator's tree, too", async () => {
  const screen = await signedIn("/admin/organisation");
  const { page } = screen;
  await page.getByRole("button", { name: "What is below 부산" }).click();
  await page.locator("[data-unit=B4]").getByText(HOSTILE_NAME).waitFor();
  await page.locator("[data-unit=B4]").click();
  await page.waitForURL("**unit=B4*");
  expect(await page.title()).not.toBe("pwned");
  expect(await page.locator("img").count()).toBe(0);
  expect(screen.troubles).toEqual([]);
  await screen.close();
});
