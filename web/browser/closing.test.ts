/** A day is closed on the screen, and what comes after it is listed to zero. */
import { expect, test } from "vitest";

import { dayAgo } from "./hub";
import { Stage } from "./stage";

const stage = new Stage();

test("a closed day stands still, and what came after is listed", async () => {
  const screen = await stage.open({ preferences: { language: "en" } });
  const { page } = screen;
  const day = dayAgo(1);
  await page.goto("/unit/nation/closings");
  await screen.signIn("hq");
  const row = page.locator(`[data-day="${day}"]`);
  await row.getByText("not closed yet").waitFor();
  await page.getByRole("button", { name: "Close Nation" }).click();
  // Four branches, two regions and the nation.
  await page.getByText("7 units were closed.").waitFor();
  await row.getByText("closed", { exact: true }).waitFor();
  expect(await row.innerText()).toContain("2 policies, ₩130,000");

  await stage.hub.sellLate("P4", "WL01", 50_000, day);
  await page.reload();
  await row.getByText("Now 3 policies, ₩180,000").waitFor();
  expect(await row.innerText()).toContain("Closed at 2 policies, ₩130,000");
  await row.getByRole("button", { name: "What came after" }).click();
  const after = page.locator(`[data-after="${day}"]`);
  await after.getByText("1 policy, ₩50,000").first().waitFor();
  expect(await after.locator("[data-sum-check]").getAttribute("data-sum-check")).toBe("agrees");
  // From there to the policy.
  await after.getByRole("link").click();
  await page.waitForURL(/\/policy\//);
  // The page before it stays until the policy's is there, with its own sum.
  await after.waitFor({ state: "detached" });
  await page.locator("[data-sum-check=agrees]").waitFor();
  expect(screen.troubles).toEqual([]);
  await screen.close();
});

test("a day cannot be closed before the days of the units below, and the hub's reason is shown", async () => {
  const screen = await stage.open({ preferences: { language: "en" } });
  const { page } = screen;
  await page.goto("/unit/R1/closings");
  await screen.signIn("seoul");
  await page.locator("input[name=date]").fill(dayAgo(3));
  await page.getByRole("button", { name: "Close 서울" }).click();
  await page.getByRole("alert").getByText("API-QUESTION").waitFor();
  expect(await page.getByRole("alert").innerText()).toContain("B1");
  await screen.close();
});
