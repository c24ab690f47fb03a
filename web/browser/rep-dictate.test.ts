/** A note by voice: only where the browser recognises speech on the device itself. */
import { expect, test } from "vitest";

import type { Phone } from "./phone";
import { Stage } from "./stage";

const stage = new Stage();

interface Made {
  lang: string;
  processLocally: boolean;
  onresult(event: unknown): void;
  onend(): void;
}

declare global {
  interface Window {
    /** What listens now, as the page made it. */
    listening: Made | null;
    /** How often anything listened that may send what it hears. */
    leaks: number;
  }
}

/** Puts a browser's recognition in the page: one that says `is` of the device, or that knows of no device. */
function withRecognition(phone: Phone, is: string, knowsDevice = true): Promise<unknown> {
  return phone.context.addInitScript(
    ([is, knowsDevice]) => {
      window.listening = null;
      window.leaks = 0;
      class Recognition {
        static available = (asked: { processLocally: boolean }) => Promise.resolve(asked.processLocally ? is : "available");
        start() {
          const made = this as unknown as Made;
          window.listening = made;
          if (!made.processLocally) window.leaks += 1;
        }
        stop() {
          (this as unknown as Made).onend();
        }
        abort() {
          this.stop();
        }
      }
      if (knowsDevice) Object.assign(Recognition.prototype, { processLocally: false });
      Object.assign(window, { SpeechRecognition: Recognition, webkitSpeechRecognition: Recognition });
    },
    [is, knowsDevice] as const,
  );
}

const openVisit = async (phone: Phone) => {
  await phone.pair("P1");
  await phone.untilCustomers(1);
  await phone.openCard("고객 0");
  await phone.tap("[data-action=visit]");
  await phone.page.locator("textarea[name=note]").waitFor();
};

test("what is said is written after what was typed, and saved", async () => {
  const phone = await stage.phone();
  await withRecognition(phone, "available");
  await openVisit(phone);
  const note = phone.page.locator("textarea[name=note]");
  await note.fill("자녀 둘");
  await phone.tap("[data-dictate=off]");
  await phone.page.locator("[data-dictate=on]").waitFor();
  const how = await phone.page.evaluate(() => {
    const { listening } = window;
    const heard = Object.assign([{ transcript: " 연금 상담 " }], { isFinal: true });
    listening?.onresult({ resultIndex: 0, results: [heard] });
    return { lang: listening?.lang, processLocally: listening?.processLocally };
  });
  expect(how).toEqual({ lang: "ko-KR", processLocally: true });
  await expect.poll(() => note.inputValue()).toBe("자녀 둘 연금 상담");
  await phone.tap("[data-dictate=on]");
  await phone.page.locator("[data-dictate=off]").waitFor();
  await phone.tap("[data-save]");
  await phone.page.locator("[data-line=contact]", { hasText: "자녀 둘 연금 상담" }).waitFor();
  expect(await phone.page.evaluate(() => window.leaks)).toBe(0);
  expect(phone.troubles).toEqual([]);
  await phone.close();
});

test.each([
  ["has to load the language first", "downloadable", true],
  ["would send it away", "unavailable", true],
  ["does not know of the device", "available", false],
])("there is no microphone where the browser %s", async (_, is, knowsDevice) => {
  const phone = await stage.phone();
  await withRecognition(phone, is, knowsDevice);
  await openVisit(phone);
  // Whatever the browser has to say it has said by then.
  await phone.page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))));
  expect(await phone.page.locator("[data-dictate]").count()).toBe(0);
  await phone.close();
});
