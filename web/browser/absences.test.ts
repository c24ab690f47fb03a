/** Leave of absence: who is away is waited for no more, who is back is; two administrators at once; what is typed is text. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";

import { OVER_THE_PAGE, violations } from "./axe";
import { dayAgo, HOSTILE_NAME } from "./hub";
import type { Look, Screen } from "./screen";
import { Stage } from "./stage";

const stage = new Stage();

/** Enough days that some of them are working days, whatever day it is. */
const BOARD = `/unit/nation?from=${dayAgo(13)}&to=${dayAgo(0)}`;
/** Before the first of them. */
const BEFORE = dayAgo(20);

/** The hub reads who is expected every few seconds. */
const SOON = { timeout: 30_000 };

async function signedIn(path: string, user = "admin", look: Look = {}): Promise<Screen> {
  const screen = await stage.open({ preferences: { language: "en" }, ...look });
  await screen.page.goto(path);
  await screen.signIn(user);
  return screen;
}

async function close(...screens: Screen[]): Promise<void> {
  for (const screen of screens) {
    expect(screen.troubles).toEqual([]);
    await screen.close();
  }
}

interface Told {
  total: number;
  rows: { rep: string; absences: { from: string; to: string | null; reason: string }[] }[];
}

/** What the hub has noted of a rep. */
async function absencesOf(rep: string) {
  const told = await stage.hub.ask<Told>("admin", `/api/v1/absences?unit=${rep}`);
  return told.rows[0]?.absences ?? [];
}

/** Notes an absence without a screen. */
function away(rep: string, from: string, reason: string, to?: string): Promise<string> {
  return stage.hub.command(["org", "absent", rep, "--from", from, "--reason", reason, ...(to ? ["--to", to] : [])]);
}

/** The reps that a board names as silent. */
async function silent(page: Page, completeness: string): Promise<string> {
  await page.locator(`[data-completeness="${completeness}"]`).waitFor(SOON);
  await page.locator("[data-completeness] button").click();
  const names = await page.getByRole("region", { name: "Reps who have not reported" }).innerText();
  await page.locator("[data-completeness] button").click();
  return names;
}

const row = (page: Page, rep: string) => page.locator(".table-body", { has: page.locator(`[data-row-link="${rep}"]`) });
const noted = (page: Page) => page.locator("[data-noted]");

test("who is noted as away is waited for no more, and is again once back; a press takes it back", async () => {
  const [board, screen] = [await signedIn(BOARD, "hq"), await signedIn(BOARD)];
  const { page } = screen;
  expect(await silent(board.page, "0/5")).toContain("이채우");
  await page.locator('[data-completeness="0/5"]').waitFor();

  // There and back without loading the page anew, by keys alone where something is typed.
  await page.getByRole("link", { name: "Administration" }).click();
  await page.getByRole("link", { name: "Absences" }).click();
  const empty = page.locator("[data-empty]").getByRole("button", { name: "Note an absence" });
  await empty.waitFor();
  expect(await violations(page)).toEqual([]);
  await empty.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Rep's code").fill("P2");
  await dialog.getByText("Nation / 서울 / 강남 / 이채우").waitFor();
  await dialog.getByLabel("First day").fill(BEFORE);
  await dialog.getByLabel("Reason").fill("parental leave");
  // Until it is known what is noted of the rep already nothing can be sent, and Enter does nothing.
  await dialog.locator("button[type=submit]:enabled").waitFor();
  await dialog.getByLabel("Reason").press("Enter");
  await noted(page).getByText(`Noted: 이채우, ${BEFORE} until further notice.`).waitFor();
  await dialog.waitFor({ state: "detached" });
  await row(page, "P2").getByText("Away today").waitFor();
  await row(page, "P2").getByText("parental leave").waitFor();

  // What the board said before is not said again, also while no answer comes.
  let answers = () => {};
  const wanted = new Promise<void>((resolve) => (answers = resolve));
  await page.route("**/api/v1/figures/live?*", async (route) => {
    await wanted;
    await route.continue();
  });
  await page.evaluate((path) => history.go(path), -2);
  await page.getByText("Loading").waitFor();
  expect(await page.locator("[data-completeness]").count()).toBe(0);
  answers();
  expect(await silent(page, "0/4")).not.toContain("이채우");
  await page.unroute("**/api/v1/figures/live?*");
  // Somebody else's board hears of it by itself.
  expect(await silent(board.page, "0/4")).not.toContain("이채우");

  await page.goto("/admin/absences");
  await row(page, "P2").getByRole("button", { name: "Is back: 이채우" }).click();
  await dialog.getByLabel("First day back").fill(dayAgo(13));
  await dialog.getByRole("button", { name: "Is back" }).click();
  await noted(page).getByText(`Noted: 이채우 is back from ${dayAgo(13)} on`).waitFor();
  await row(page, "P2").getByText("Back", { exact: true }).waitFor();
  expect(await silent(board.page, "0/5")).toContain("이채우");

  await noted(page).getByRole("button", { name: "Undo" }).click();
  await noted(page).getByText("the absences of 이채우 are as they were").waitFor();
  await row(page, "P2").getByText("Away today").waitFor();
  expect(await absencesOf("P2")).toEqual([{ from: BEFORE, to: null, reason: "parental leave" }]);
  await close(board, screen);
});

test("two administrators at one rep: the second sees what is there now, keeps what was typed, and decides", async () => {
  await away("P3", dayAgo(9), "leave");
  const [first, second] = [await signedIn("/admin/absences"), await signedIn("/admin/absences", "admin2")];
  const dialog = second.page.getByRole("dialog");
  await row(second.page, "P3").getByRole("button", { name: "Change the absence of 박수경" }).click();
  await dialog.getByLabel("Reason").fill("surgery");

  await row(first.page, "P3").getByRole("button", { name: "Is back" }).click();
  await first.page.getByRole("dialog").getByLabel("First day back").fill(dayAgo(4));
  await first.page.getByRole("dialog").getByRole("button", { name: "Is back" }).click();
  await noted(first.page).waitFor();

  await dialog.getByRole("button", { name: "Save" }).click();
  const both = dialog.locator("[data-both]");
  await both.getByText("CHANGED-MEANWHILE").waitFor();
  const shown = await both.locator("tbody tr").allInnerTexts();
  expect(shown.map((line) => line.split("\t"))).toEqual([
    ["First day", dayAgo(9), dayAgo(9)],
    ["Last day", dayAgo(5), "until further notice"],
    ["Reason", "leave", "surgery"],
  ]);
  expect(await violations(second.page, OVER_THE_PAGE)).toEqual([]);
  // Nothing was changed by the refusal, and what was typed is still there.
  expect(await absencesOf("P3")).toEqual([{ from: dayAgo(9), to: dayAgo(5), reason: "leave" }]);
  expect(await dialog.getByLabel("Reason").inputValue()).toBe("surgery");
  await both.getByRole("button", { name: "Store mine" }).click();
  await noted(second.page).waitFor();
  expect(await absencesOf("P3")).toEqual([{ from: dayAgo(9), to: null, reason: "surgery" }]);

  // The first still sees it as it was, and takes what is there instead.
  await row(first.page, "P3").getByRole("button", { name: "Note an absence: 박수경" }).click();
  const other = first.page.getByRole("dialog");
  await other.getByLabel("First day").fill(dayAgo(1));
  await other.getByLabel("Reason").fill("flu");
  await other.getByRole("button", { name: "Note an absence" }).click();
  await other.locator("[data-both]").getByRole("cell", { name: /surgery/ }).waitFor();
  await other.getByRole("button", { name: "Take the hub's" }).click();
  await other.waitFor({ state: "detached" });
  await row(first.page, "P3").getByText("surgery").waitFor();
  expect(await absencesOf("P3")).toHaveLength(1);
  await close(first, second);
});

test("who comes back is told of a change meanwhile, too", async () => {
  await away("P4", dayAgo(3), "leave");
  const screen = await signedIn("/admin/absences?unit=P4", "admin", { width: 320, preferences: { language: "en", text: "large" } });
  const { page } = screen;
  await row(page, "P4").getByRole("button", { name: "Is back" }).click();
  await away("P4", dayAgo(3), "longer leave", dayAgo(-5));
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Is back" }).click();
  await dialog.locator("[data-both]").getByRole("cell", { name: `${dayAgo(3)} to ${dayAgo(-5)}` }).waitFor();
  await dialog.locator("[data-absence]").getByText("longer leave").waitFor();
  expect(await violations(page, OVER_THE_PAGE)).toEqual([]);
  await dialog.locator("[data-both]").getByRole("cell", { name: `Back from ${dayAgo(0)} on` }).waitFor();
  await dialog.getByRole("button", { name: "Store mine" }).click();
  await noted(page).waitFor();
  expect(await absencesOf("P4")).toEqual([{ from: dayAgo(3), to: dayAgo(1), reason: "longer leave" }]);
  await close(screen);
});

test("an absence that cannot be is told in words, before it is sent and by the hub", async () => {
  await away("P1", dayAgo(5), "leave");
  const screen = await signedIn("/admin/absences");
  const { page } = screen;
  await page.getByRole("button", { name: "Note an absence", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Rep's code").fill("B1");
  await dialog.getByText("강남 is no rep").waitFor();
  await dialog.getByLabel("Rep's code").fill("P1");
  await dialog.getByText(`Away already: ${dayAgo(5)} until further notice`).waitFor();
  await dialog.getByLabel("Reason").fill("flu");
  await dialog.getByRole("button", { name: "Note an absence" }).click();
  await dialog.getByRole("alert").getByText("ORG-ABSENCE").waitFor();
  expect(await dialog.getByRole("alert").innerText()).toContain("Nothing was changed");
  expect(await dialog.getByLabel("Reason").inputValue()).toBe("flu");
  expect(await absencesOf("P1")).toEqual([{ from: dayAgo(5), to: null, reason: "leave" }]);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  // The place is given back a frame after the dialog is gone.
  await page.waitForFunction(() => document.activeElement?.textContent === "Note an absence");
  await close(screen);
});

test("the list is filtered by its address: by unit and by day", async () => {
  await away("P5", dayAgo(-30), "wedding");
  const screen = await signedIn("/admin/absences?unit=R2");
  const { page } = screen;
  await row(page, "P5").getByText(`Away from ${dayAgo(-30)}`).waitFor();
  await page.getByText("Away today", { exact: true }).first().click();
  await page.waitForURL("**on=today*");
  await row(page, "P5").waitFor({ state: "detached" });
  await page.getByText("Away on a day").click();
  await page.getByLabel("Away on", { exact: true }).fill(dayAgo(-30));
  await row(page, "P5").waitFor();
  expect(new URL(page.url()).search).toBe(`?unit=R2&on=${dayAgo(-30)}`);
  await page.getByLabel("Unit's code").fill("B1");
  await page.waitForURL("**unit=B1*");
  await row(page, "P5").waitFor({ state: "detached" });
  await page.getByLabel("Unit's code").fill("XX");
  await page.locator("[data-empty]").getByText("No unit has this code today.").waitFor();
  await page.getByLabel("Unit's code").fill("");
  await row(page, "P5").waitFor();
  await close(screen);
});

test("an absence that is still to come is taken out whole", async () => {
  await away("P5", dayAgo(-30), "wedding");
  const screen = await signedIn("/admin/absences?unit=P5");
  const { page } = screen;
  const dialog = page.getByRole("dialog");
  await row(page, "P5").getByRole("button", { name: "Take out: 정다호" }).click();
  expect(await dialog.getByLabel("First day back").inputValue()).toBe(dayAgo(-30));
  await dialog.getByRole("button", { name: "Take out" }).click();
  await noted(page).getByText(`Taken out: 정다호, ${dayAgo(-30)} until further notice.`).waitFor();
  // Nothing else is noted of the rep.
  await page.locator("[data-empty]").waitFor();
  expect(await absencesOf("P5")).toEqual([]);
  await noted(page).getByRole("button", { name: "Undo" }).click();
  await row(page, "P5").waitFor();
  expect(await absencesOf("P5")).toEqual([{ from: dayAgo(-30), to: null, reason: "wedding" }]);
  await close(screen);
});

test("script in a reason is text, wherever it is shown", async () => {
  const screen = await signedIn("/admin/absences");
  const { page } = screen;
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "Note an absence", exact: true }).click();
  await dialog.getByLabel("Rep's code").fill("P5");
  await dialog.getByLabel("First day").fill(dayAgo(2));
  await dialog.getByLabel("Last day").fill(dayAgo(1));
  await dialog.getByLabel("Reason").fill(HOSTILE_NAME);
  await dialog.getByRole("button", { name: "Note an absence" }).click();
  await noted(page).waitFor();
  expect(await absencesOf("P5")).toContainEqual({ from: dayAgo(2), to: dayAgo(1), reason: HOSTILE_NAME });
  await page.goto("/admin/absences?unit=P5");
  await row(page, "P5").locator("summary, li").first().waitFor();
  for (const earlier of await row(page, "P5").locator("summary").all()) await earlier.click();
  await row(page, "P5").getByText(HOSTILE_NAME).waitFor();
  expect(await page.locator("img").count()).toBe(0);
  expect(await page.title()).toBe("Absences · Administration · Fieldbook");
  await close(screen);
});

test.each<[string, Look]>([
  ["light, 320 px, large text", { width: 320, height: 640, preferences: { language: "ko", theme: "light", text: "large" } }],
  ["dark", { preferences: { language: "ko", theme: "dark" } }],
])("what opens over the list keeps the rules: %s", async (_, look) => {
  await away("P3", dayAgo(9), "leave");
  const screen = await signedIn("/admin/absences?unit=P3", "admin", look);
  const { page } = screen;
  const dialog = page.getByRole("dialog");
  for (const name of [/^복귀: 박수경/, /^부재 수정: 박수경/, /^부재 기록: 박수경/, /^부재 기록$/]) {
    await page.getByRole("button", { name }).click();
    await dialog.waitFor();
    expect(await violations(page, OVER_THE_PAGE), String(name)).toEqual([]);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wider, String(name)).toBeLessThanOrEqual(0);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  }
  await close(screen);
});
