/** Coming in: the first set-up, the company's own sign-in, and a device whose clock is wrong. */
import { type Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, type TestContext } from "vitest";

import { violations } from "./axe";
import { dayAgo, Hub, PASSWORD } from "./hub";
import { launch, open } from "./screen";

let hub: Hub;
let browser: Browser;

beforeAll(async () => {
  [hub, browser] = await Promise.all([Hub.startEmpty(), launch()]);
});

afterAll(async () => {
  await browser.close();
  await hub.remove();
});

/** Skips, with a notice, where the hub is older than the console; never where everything must be tested. */
async function needs({ skip }: TestContext, path: string): Promise<void> {
  if (process.env["CI"] === "true" || (await hub.has(path))) return;
  skip(`this hub has no ${path}`);
}

const EN = { preferences: { language: "en" } };

test("a set-up link makes the first administrator, once, and its token leaves the address at once", async (context) => {
  await needs(context, "/auth/v1/setup");
  const screen = await open(browser, hub, EN);
  const { page } = screen;
  const link = await hub.setupLink();
  await page.goto(link);
  await page.locator("input[name=company]").waitFor();
  expect(page.url()).toBe(`${hub.url}/setup`);
  expect(await violations(page)).toEqual([]);
  await page.locator("input[name=company]").fill("한빛생명");
  await page.locator("select[name=language]").selectOption("ko");
  await page.locator("input[name=user]").fill("first");
  await page.locator("input[name=password]").fill(PASSWORD);
  await page.locator("input[name=again]").fill("something else");
  await page.getByRole("button", { name: "Set up and sign in" }).click();
  await page.getByText("The two passwords are not the same").waitFor();
  await page.locator("input[name=again]").fill(PASSWORD);
  await page.getByRole("button", { name: "Set up and sign in" }).click();
  await page.waitForURL("**/admin/people");
  await page.getByRole("heading", { level: 1, name: "People" }).waitFor();
  const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie, location.href]));
  expect(kept).not.toContain(link.slice(link.indexOf("=") + 1));

  // Used once: now it is over, and says how to get another.
  const late = await open(browser, hub, EN);
  await late.page.goto(link);
  await late.page.locator("[data-link-over]").getByText("fieldbook setup-link").waitFor();
  expect(screen.troubles).toEqual([]);
  expect(late.troubles).toEqual([]);
  await screen.close();
  await late.close();
});

test("the page of a set-up without its link says what to do", async () => {
  const screen = await open(browser, hub, EN);
  await screen.page.goto("/setup");
  await screen.page.locator("[data-link-over]").getByText("(SETUP-LINK)").waitFor();
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("a sign-in that failed at the provider is told in words, and nothing of its address is trusted", async () => {
  const screen = await open(browser, hub, EN);
  const { page } = screen;
  await page.goto("/sign-in-failed?code=OPENID-NO-ACCOUNT");
  await page.getByText("there is no account for you here").waitFor();
  await page.getByText("(OPENID-NO-ACCOUNT)").waitFor();
  await page.goto(`/sign-in-failed?code=${encodeURIComponent("<img src=x onerror=alert(1)>")}`);
  await page.getByText("did not vouch for you").waitFor();
  expect(await page.locator("img").count()).toBe(0);
  await page.getByRole("link", { name: "Sign in again" }).click();
  await page.locator("input[name=password]").waitFor();
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("where the hub names a provider there is a button for it, which comes back to where one was", async () => {
  const screen = await open(browser, hub, { preferences: {} });
  const { page } = screen;
  // The provider is the company's: here the hub's answer alone is another one.
  const ways = { setup: false, password: true, openid: { name: "한빛 SSO" }, company: "한빛생명", language: "ko" };
  await page.route("**/auth/v1/ways", (route) => route.fulfill({ json: ways }));
  await page.goto(`/unit/nation?from=${dayAgo(1)}`);
  // The company's language, since nobody chose one.
  const button = page.locator("[data-openid]", { hasText: "한빛 SSO(으)로 계속" });
  await button.waitFor();
  expect(await button.getAttribute("href")).toBe(`/auth/v1/openid/start?${new URLSearchParams({ to: `/unit/nation?from=${dayAgo(1)}`, device_name: "브라우저" })}`);
  await page.getByText("한빛생명").waitFor();
  expect(screen.troubles).toEqual([]);
  await screen.close();
});
