/** The pictures of the README, taken from the demo: `npm run screenshots` puts them into `docs`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { dayAgo } from "./hub";
import { program } from "./programs";
import { launch, openAt } from "./screen";

const FOLDER = join(import.meta.dirname, "../docs");

/** A picture that is larger than this has something in it that nobody sees. */
const MOST_BYTES = 150 * 1024;

/** Reps of the demo's company: enough for every region of the country. */
const REPS = "96";

/** A day that has just begun shows little. */
const WEEK = `from=${dayAgo(7)}&to=${dayAgo(1)}`;

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly ready: string;
  readonly width: number;
  readonly height: number;
  readonly preferences: Record<string, string>;
}

const PICTURES: readonly Picture[] = [
  { name: "board", path: `/unit/nation?${WEEK}&map=true`, ready: "[data-province-map]", width: 1280, height: 960, preferences: { language: "en", theme: "light" } },
  { name: "mix", path: `/unit/nation/mix?${WEEK}`, ready: "[data-sum-check=agrees]", width: 1280, height: 640, preferences: { language: "ko", theme: "dark" } },
  { name: "phone", path: `/unit/nation?${WEEK}`, ready: "[data-line=live]", width: 390, height: 800, preferences: { language: "ko", theme: "light" } },
];

/** Starts a demo; its address, once it is open. */
async function startDemo(): Promise<{ url: string; end: () => Promise<void> }> {
  const child = spawn(program("fieldbook"), ["demo", "--reps", REPS], { stdio: ["ignore", "pipe", "pipe"] });
  const url = await new Promise<string>((done, fail) => {
    let text = "";
    const read = (bytes: Buffer) => {
      text += bytes.toString();
      const told = /http:\/\/127\.0\.0\.1:\d+(?=\/as\/hq)/.exec(text);
      if (told) done(told[0]);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("exit", (code) => fail(new Error(`the demo ended with ${code}: ${text}`)));
  });
  const end = async () => {
    child.kill("SIGINT");
    await once(child, "exit");
  };
  return { url, end };
}

test("the README's pictures", async () => {
  await mkdir(FOLDER, { recursive: true });
  const [demo, browser] = [await startDemo(), await launch()];
  try {
    for (const { name, path, ready, ...look } of PICTURES) {
      const screen = await openAt(browser, demo.url, look);
      await screen.page.goto("/as/hq");
      await screen.page.goto(path);
      await screen.page.locator(ready).first().waitFor({ timeout: 60_000 });
      const file = join(FOLDER, `${name}.png`);
      await screen.page.screenshot({ path: file });
      expect((await stat(file)).size, name).toBeLessThanOrEqual(MOST_BYTES);
      await screen.close();
    }
  } finally {
    await browser.close();
    await demo.end();
  }
});
