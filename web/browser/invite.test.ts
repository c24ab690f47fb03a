/** Inviting reps: one, a branch, without a hub; and what a phone makes of the code. */
import { expect, test, type TestContext } from "vitest";

import { violations } from "./axe";
import { dayAgo } from "./hub";
import { PIN } from "./phone";
import { readQr } from "./qr";
import type { Screen } from "./screen";
import { Stage } from "./stage";

const stage = new Stage();

/** The longest a first download may take on a busy machine. */
const PATIENCE_MS = 60_000;

/** Skips, with a notice, where the hub is older than the console; never where everything must be tested. */
async function needs({ skip }: TestContext, path: string): Promise<void> {
  if (process.env["CI"] === "true" || (await stage.hub.has(path))) return;
  skip(`this hub has no ${path}`);
}

async function signedIn(path: string): Promise<Screen> {
  const screen = await stage.open({ preferences: { language: "en" } });
  await screen.page.goto(path);
  await screen.signIn("admin");
  return screen;
}

test("a rep is invited: what a camera reads of the screen opens a phone, and the code is shown this once", async () => {
  const screen = await signedIn("/admin/people/P1");
  const { page } = screen;
  const make = page.getByRole("button", { name: "Make an invitation" });
  await page.locator("[data-reach=this-computer]").waitFor();
  await page.locator("input[name=address]").fill("hub.example.com");
  await page.locator("[data-reach=none]").getByText("no web address").waitFor();
  expect(await make.isDisabled()).toBe(true);
  await page.locator("input[name=address]").fill(`${stage.front.url}/admin`);
  await page.getByLabel("Holds for").selectOption("1");
  await make.click();
  const sheet = page.locator("[data-invitation=P1]");
  const code = (await sheet.locator("[data-code]").innerText()).replace(" ", "");
  expect(code).toMatch(/^\d{8}$/);
  const link = await readQr(screen.context, sheet.locator("[data-qr]"));
  expect(link).toBe(`${stage.front.url}/rep/#pair=${code}`);
  await sheet.getByText(`Holds until ${dayAgo(-1)} `).waitFor();
  expect(await violations(page)).toEqual([]);

  // On paper it stands alone.
  await page.emulateMedia({ media: "print" });
  expect(await sheet.getByText("Getting started with Fieldbook").isVisible()).toBe(true);
  expect(await page.getByRole("heading", { name: "Password", includeHidden: true }).isVisible()).toBe(false);
  expect(await make.isVisible()).toBe(false);
  await page.emulateMedia({ media: "screen" });

  await page.reload();
  await page.locator("[data-open-invitation]").waitFor();
  expect(await page.locator("[data-invitation]").count()).toBe(0);

  const phone = await stage.phone();
  await phone.page.goto(link);
  await phone.page.locator("input[name=pin]").fill(PIN);
  await phone.page.locator("input[name=pin-again]").fill(PIN);
  await phone.page.locator("button[type=submit]").click();
  await phone.page.locator("[data-home-sale]").waitFor({ timeout: PATIENCE_MS });
  await page.reload();
  await page.locator("[data-invite]").waitFor();
  expect(await page.locator("[data-open-invitation]").count()).toBe(0);
  expect([...screen.troubles, ...phone.troubles]).toEqual([]);
  await phone.close();
  await screen.close();
});

test("reps alone are invited", async () => {
  const screen = await signedIn("/admin/people/seoul");
  await screen.page.locator("[data-account=seoul]").waitFor();
  expect(await screen.page.locator("[data-invite]").count()).toBe(0);
  await screen.close();
});

test("without the hub nothing is made, in words; with it the next try is as good", async () => {
  const screen = await signedIn("/admin/people/P4");
  const { page } = screen;
  const make = page.getByRole("button", { name: "Make an invitation" });
  await make.waitFor();
  await stage.hub.stop();
  await make.click();
  await page.locator("[data-invite]").getByRole("alert").getByText("WEB-UNREACHABLE").waitFor();
  await page.getByText("Make another: it takes its place.").waitFor();
  expect(await page.locator("[data-invitation]").count()).toBe(0);
  await stage.hub.serve();
  await make.click();
  await page.locator("[data-invitation=P4] [data-code]").waitFor();
  expect(await page.locator("[data-invite]").getByRole("alert").count()).toBe(0);
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("a branch is invited together; who has a device is passed over", async (context) => {
  await needs(context, "/api/v1/invitations");
  const screen = await signedIn("/admin/people");
  const { page } = screen;
  await page.getByRole("link", { name: "Invite a branch" }).click();
  await page.waitForURL("**/admin/invite");
  const make = page.getByRole("button", { name: "Make the invitations" });
  expect(await make.isDisabled()).toBe(true);
  await page.getByLabel("Branch's code").fill("R2");
  await make.click();
  await page.getByRole("alert").getByText("INVITE-BRANCH").waitFor();
  await page.getByLabel("Branch's code").fill("B3");
  await page.getByText("Nation / 부산 / 해운대").waitFor();
  await page.getByLabel("Holds for").selectOption("3");
  await make.click();
  await page.locator("[data-invited='1']").waitFor();
  const sheet = page.locator("[data-invitation]");
  await sheet.getByText(`Holds until ${dayAgo(-3)} `).waitFor();
  expect(await sheet.count()).toBe(1);
  expect(await sheet.innerText()).toContain("최하진");
  expect(await violations(page)).toEqual([]);

  await stage.hub.device("P4");
  await make.click();
  await page.locator("[data-invited='0']").getByText("Nobody was invited").waitFor();
  await page.getByText("1 rep has a device and was passed over.").waitFor();
  expect(await sheet.count()).toBe(0);
  expect(screen.troubles).toEqual([]);
  await screen.close();
});
