/** Pairing by the camera: Chromium has a made one that shows a film, and no reader of QR codes of its own on a desk. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Browser } from "playwright-core";
import { encodeQR } from "qr";
import { afterAll, beforeAll, expect, test } from "vitest";

import { Phone, PIN } from "./phone";
import { launch } from "./screen";
import { Stage } from "./stage";

const [WIDTH, HEIGHT] = [640, 480];
/** Clear squares around the code, which readers need. */
const MARGIN = 4;
/** How many times as large as a square of it the code's pixels are. */
const SCALE = 8;
const [BLACK, WHITE, NO_COLOUR] = [16, 235, 128];

const stage = new Stage();
let camera: Browser;
let code: string;

/** A film of one picture with a code in its middle: a line of text, then a plane of light and two of colour. */
function filmOf(text: string): Buffer {
  const rows = encodeQR(text, "raw", { ecc: "medium", border: MARGIN });
  const light = Buffer.alloc(WIDTH * HEIGHT, WHITE);
  const [left, top] = [WIDTH, HEIGHT].map((side) => Math.floor((side - rows.length * SCALE) / 2)) as [number, number];
  for (const [y, row] of rows.entries()) {
    for (const [x, isDark] of row.entries()) {
      for (let line = 0; isDark && line < SCALE; line += 1) {
        const at = (top + y * SCALE + line) * WIDTH + left + x * SCALE;
        light.fill(BLACK, at, at + SCALE);
      }
    }
  }
  const colour = Buffer.alloc((WIDTH * HEIGHT) / 2, NO_COLOUR);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420\nFRAME\n`), light, colour]);
}

beforeAll(async () => {
  const told = JSON.parse(await stage.hub.command(["--json", "invite", "--user", "P1"])) as { code: string }[];
  code = told[0]?.code ?? "";
  const film = join(stage.hub.folder, "camera.y4m");
  await writeFile(film, filmOf(`${stage.front.url}/rep/#pair=${code}`));
  camera = await launch("--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film}`);
});
afterAll(() => camera.close());

/** A phone at its first page, whose person says this of the camera. */
async function before(answer: "granted" | "denied"): Promise<Phone> {
  const phone = await Phone.buy(camera, stage.front.url);
  // What was not granted a browser without a screen denies.
  if (answer === "granted") await phone.context.grantPermissions(["camera"], { origin: stage.front.url });
  await phone.page.goto("/rep/");
  return phone;
}

/** Runs in the page: the browser has a reader of its own, which reads this in everything, or nothing in anything. */
function ownReader(text: string | null): void {
  class Reader {
    static getSupportedFormats() {
      return Promise.resolve(["qr_code"]);
    }
    detect() {
      return Promise.resolve(text === null ? [] : [{ rawValue: text }]);
    }
  }
  Object.assign(globalThis, { BarcodeDetector: Reader });
}

/** What is left of pairing once there is a code. */
async function finish(phone: Phone): Promise<void> {
  await phone.page.locator("input[name=pin]").fill(PIN);
  await phone.page.locator("input[name=pin-again]").fill(PIN);
  await phone.page.locator("button[type=submit]").click();
  await phone.page.locator("[data-home-sale]").waitFor({ timeout: 60_000 });
}

test("without the camera it is said in words, and the digits are still there", async () => {
  const phone = await before("denied");
  const { page } = phone;
  await phone.tap("[data-scan]");
  await page.getByRole("alert").getByText("카메라를 쓸 수 없습니다. 코드를 직접 입력하세요.").waitFor();
  expect(await page.locator("video").count()).toBe(0);
  await page.getByRole("button", { name: "닫기" }).tap();
  await page.locator("[data-scan]").waitFor();
  await page.locator("input[name=code]").fill("12345678");
  await page.locator("button[type=submit]").click();
  await page.locator("input[name=pin]").waitFor();
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("a camera that is closed again is let go", async () => {
  const phone = await before("granted");
  const { page } = phone;
  // Nothing to read: the film's code is looked for in vain.
  await page.addInitScript(ownReader, null);
  await page.reload();
  await phone.tap("[data-scan]");
  await page.waitForFunction(() => (document.querySelector("video")?.videoWidth ?? 0) > 0);
  const track = await page.evaluateHandle(() => (document.querySelector("video")?.srcObject as MediaStream).getTracks()[0]);
  expect(await track.evaluate((one) => one?.readyState)).toBe("live");
  await page.getByRole("button", { name: "닫기" }).tap();
  await expect.poll(() => track.evaluate((one) => one?.readyState)).toBe("ended");
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("the code of an invitation is read from what the camera sees, and opens the book", async () => {
  const phone = await before("granted");
  expect(await phone.page.evaluate(() => "BarcodeDetector" in globalThis)).toBe(false);
  await phone.tap("[data-scan]");
  await finish(phone);
  await phone.untilChip("synced");
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test("a browser's own reader is used where it reads QR codes", async () => {
  const told = JSON.parse(await stage.hub.command(["--json", "invite", "--user", "P4"])) as { code: string }[];
  const phone = await before("granted");
  await phone.page.addInitScript(ownReader, told[0]?.code ?? "");
  await phone.page.reload();
  await phone.tap("[data-scan]");
  await finish(phone);
  await phone.untilChip("synced");
  expect(phone.troubles).toEqual([]);
  await phone.close();
});
