/** Every page of the rep's app, for the tests that look at all of them and for pictures. */
import { type Hub, yearBefore } from "./hub";
import type { Phone } from "./phone";

/** What the rep is to sell this month. */
const TARGET_WON = 1_000_000;

/** How long a page may take: where the rep stands the hub is asked now and then, and again a minute after it gave no answer. */
export const READY_MS = 90_000;

/** A page: its name, its address below `/rep`, and what is there once it is ready. */
export interface RepView {
  readonly name: string;
  readonly path: string;
  readonly ready: string;
}

/** What opens over a page: the page, what opens it, and what is there then. */
export interface RepSheet {
  readonly name: string;
  readonly path: string;
  readonly opens: string;
}

/** Makes a hub that has something to show on each page: a clash, a sale, a visit, a note, a target, an anniversary. */
export async function furnish(hub: Hub): Promise<void> {
  await hub.setTarget("P1", TARGET_WON);
  await hub.sellLate("P1", "CI01", 90_000, yearBefore(3));
  await hub.clash("P1");
  const device = await hub.device("P1");
  await device.run(["customer", "set", device.customer, "phone=010-1234-5678", "birth_date=1980-03-01", "address.city=서울 강남구"]);
  await device.run(["customer", "visit", device.customer, "--outcome", "연금 설명"]);
  await device.run(["customer", "note", device.customer, "자녀 교육비를 걱정함"]);
  await device.sell("WL01", 120_000);
  await device.run(["sync"]);
}

/** What a part of the card shows, and not the mark of the part alone: that is there before the book has answered. */
const contentOf = (tab: string) => `[data-card] nav:has([data-tab=${tab}][aria-current]) + section > :not(:empty)`;

/** All pages, for a phone whose book is there. */
export async function repViews(phone: Phone): Promise<RepView[]> {
  await phone.openCard("김철수");
  const id = (await phone.page.locator("[data-card]").getAttribute("data-card")) ?? "";
  return [
    { name: "today", path: "/", ready: "main:has([data-goal]):has([data-clash]):has([data-anniversary])" },
    { name: "customers", path: "/customers", ready: "[data-customer]" },
    ...["activity", "policies", "family", "notes", "details", "history"].map((tab) => ({ name: `card-${tab}`, path: `/customers/${id}/${tab}`, ready: contentOf(tab) })),
    { name: "sale", path: `/sale?customer=${id}`, ready: "[data-chip-value=life]" },
    { name: "visit", path: `/contact/visit?customer=${id}`, ready: "[data-chosen]" },
    { name: "call", path: "/contact/call", ready: "[data-offered]" },
    { name: "new-customer", path: "/new-customer", ready: "input[name=name]" },
    { name: "results", path: "/results", ready: "[data-rank]" },
    { name: "more", path: "/more", ready: "[data-sign-out]" },
    { name: "digest", path: "/more/digest", ready: "main p" },
    { name: "print", path: "/more/print", ready: "table" },
    { name: "install", path: "/more/install", ready: "ol li" },
    { name: "devices", path: "/more/devices", ready: "[data-end-sign-in]" },
    { name: "help", path: "/more/help", ready: "[data-help=report]" },
    { name: "not-here", path: "/nothing", ready: "main a" },
  ];
}

/** What opens over pages. */
export const REP_SHEETS: readonly RepSheet[] = [
  { name: "add", path: "/", opens: "[data-add]" },
  { name: "sync", path: "/", opens: "[data-sync]" },
  { name: "end-sign-in", path: "/more/devices", opens: "[data-end-sign-in]" },
  { name: "sign-out", path: "/more", opens: "[data-sign-out]" },
];

/** Goes through everything there is for a phone whose book is there, and through the locked page last. */
export async function everywhere(phone: Phone, inspect: (name: string) => Promise<void>): Promise<void> {
  const { page } = phone;
  for (const view of await repViews(phone)) {
    await phone.go(view.path);
    await page.locator(view.ready).first().waitFor({ timeout: READY_MS });
    await inspect(view.name);
  }
  for (const sheet of REP_SHEETS) {
    await phone.go(sheet.path);
    await page.locator(sheet.opens).first().click();
    await page.locator("dialog[open]").waitFor();
    await inspect(sheet.name);
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
  }
  await phone.go("/more");
  await page.locator("[data-lock]").click();
  await page.locator("input[name=pin]").waitFor();
  await inspect("locked");
  await page.locator("[data-forgotten-pin]").click();
  await page.locator("dialog[open]").waitFor();
  await inspect("forgotten-pin");
}
