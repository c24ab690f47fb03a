/** Reads the QR code that is on the screen, from its pixels, as a phone's camera would. */
import type { BrowserContext, Locator } from "playwright-core";
import decodeQR from "qr/decode.js";

/** The text of the code that an element shows. */
export async function readQr(browser: BrowserContext, code: Locator): Promise<string> {
  const png = (await code.screenshot()).toString("base64");
  // A page without a policy turns the picture into pixels.
  const page = await browser.newPage();
  const { width, height, data } = await page.evaluate(async (png) => {
    const picture = new Image();
    picture.src = `data:image/png;base64,${png}`;
    await picture.decode();
    const { width, height } = picture;
    const canvas = new OffscreenCanvas(width, height);
    const drawing = canvas.getContext("2d");
    if (!drawing) throw new Error("no canvas");
    drawing.drawImage(picture, 0, 0);
    return { width, height, data: [...drawing.getImageData(0, 0, width, height).data] };
  }, png);
  await page.close();
  return decodeQR({ width, height, data: Uint8Array.from(data) });
}
