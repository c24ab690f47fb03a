/** A hub in a temporary folder, with a small company and sales of some days. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { program, run } from "./programs";

/** The password of every account. */
export const PASSWORD = "correct horse battery 9";
/** What devices seal their stores with. */
const PASSPHRASE = "local passphrase 9";

/** A name that would be a program where a page took names for more than text. */
export const HOSTILE_NAME = `<img src=x onerror="document.title='pwned'">`;

/** Region, branch and rep of every row, by code and name. */
const COMPANY: readonly [string, string, string, string, string, string][] = [
  ["R1", "서울", "B1", "강남", "P1", "김은빈"],
  ["R1", "서울", "B1", "강남", "P2", "이채우"],
  ["R1", "서울", "B2", "종로", "P3", "박수경"],
  ["R2", "부산", "B3", "해운대", "P4", "최하진"],
  ["R2", "부산", "B4", HOSTILE_NAME, "P5", "정다호"],
];

/** Accounts: name, role and unit. */
const ACCOUNTS: readonly [string, string, string][] = [
  ["hq", "hq", "nation"],
  ["admin", "admin", "nation"],
  ["admin2", "admin", "nation"],
  ["seoul", "manager", "R1"],
  ["P1", "rep", "P1"],
  ["P4", "rep", "P4"],
];

/** Sales made before the browser opens: rep, product, won, days ago. */
const SALES: readonly [string, string, number, number][] = [
  ["P1", "WL01", 120_000, 0],
  ["P1", "TL01", 45_000, 0],
  ["P2", "CI01", 80_000, 0],
  ["P3", "SV01", 300_000, 0],
  ["P4", "AN01", 250_000, 0],
  ["P5", "WL01", 99_000, 0],
  ["P1", "WL01", 60_000, 1],
  ["P4", "TL01", 70_000, 1],
  ["P3", "CI01", 150_000, 7],
];

const DAY_MS = 86_400_000;
/** Days of the calendar that are working days whatever day of the week they are. */
const DAYS_BEFORE = 60;
const DAYS_AFTER = 30;

/** A day of the company's zone, so many days ago. */
export function dayAgo(days: number): string {
  const zone = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Seoul", dateStyle: "short" });
  return zone.format(Date.now() - days * DAY_MS);
}

/** The day a year before the one that is so many days ahead. */
export function yearBefore(daysAhead: number): string {
  const day = dayAgo(-daysAhead);
  return `${Number(day.slice(0, 4)) - 1}${day.slice(4)}`.replace("-02-29", "-02-28");
}

const SURNAMES = "김이박최정강조윤장임한오서신권황안송류전";
const SYLLABLES = "가나다라마바사아자차카타파하민서준영지은수현진호우성철경희숙";
const CITIES = ["서울 강남구 테헤란로", "부산 해운대구 우동", "대구 수성구 범어동", "광주 서구 치평동"];
const OCCUPATIONS = ["교사", "간호사", "자영업", "회사원", "농업", "공무원"];

/** One of many customers: a name, a birth date, a phone, where they live and what they do, all of which differ. */
function customerOf(rep: string, at: number): string[] {
  const of = <T>(list: ArrayLike<T>, step: number): T => list[(at * step) % list.length] as T;
  const two = (number: number) => String(number).padStart(2, "0");
  const name = `${of(SURNAMES, 7)}${of(SYLLABLES, 11)}${SYLLABLES[Math.floor(at / 20) % SYLLABLES.length] ?? ""}`;
  const born = `${1940 + (at % 60)}-${two(1 + (at % 12))}-${two(1 + (at % 28))}`;
  const phone = `010-${1_000 + ((at * 37) % 9_000)}-${1_000 + ((at * 7_919) % 9_000)}`;
  return [`M${at}`, rep, name, born, phone, `${of(CITIES, 3)} ${at % 300}`, of(OCCUPATIONS, 5)];
}

/** How often a hub is started before it is given up, and the time between. */
const SERVE_TRIES = 5;
const SERVE_AGAIN_MS = 1_000;

/** A served hub. */
export class Hub {
  readonly folder: string;
  #serving: ChildProcess | null = null;
  #address = "127.0.0.1:0";
  #imported = 0;

  readonly #settings: Readonly<Record<string, string>>;

  private constructor(folder: string, settings: Readonly<Record<string, string>> = {}) {
    this.folder = folder;
    this.#settings = settings;
  }

  /** A hub with the company and its sales, served. Settings are environment variables. */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<Hub> {
    const hub = new Hub(await mkdtemp(join(tmpdir(), "fieldbook-browser-")), settings);
    await hub.#import("org", "region_code,region_name,branch_code,branch_name,rep_code,rep_name", COMPANY);
    await hub.#workEveryDay();
    for (const [name, role, unit] of ACCOUNTS) {
      const account = ["user", "add", "--name", name, "--role", role, "--unit", unit, "--password-stdin"];
      await hub.command(account, `${PASSWORD}\n`);
    }
    const customers = COMPANY.map(([, , , , rep], index) => [`C${index}`, rep, `고객 ${index}`]);
    await hub.#import("customers", "customer_no,rep_code,name", customers);
    await hub.#policies(SALES.map(([rep, product, won, days]) => [rep, product, won, dayAgo(days)]));
    for (const [unit, value] of [["nation", 2_000_000], ["R1", 500_000], ["B1", 200_000]] as const) {
      await hub.command(["target", "set", "--unit", unit, "--measure", "premium", "--from", dayAgo(40), "--to", dayAgo(0), "--value", String(value)]);
    }
    await hub.serve();
    return hub;
  }

  /** A hub that nobody has set up, served. */
  static async startEmpty(): Promise<Hub> {
    const hub = new Hub(await mkdtemp(join(tmpdir(), "fieldbook-empty-")));
    await hub.serve();
    return hub;
  }

  /** The path of a new set-up link. */
  async setupLink(): Promise<string> {
    const told = await this.command(["setup-link"]);
    const link = /\/setup#t=\S+/.exec(told)?.[0];
    if (!link) throw new Error(`no link in: ${told}`);
    return link;
  }

  /** Where it is reached. */
  get url(): string {
    return `http://${this.#address}`;
  }

  /** Serves, after [`stop`] at the same address: somebody else may have that for a moment, for the machine gives it to whoever asks for any. */
  async serve(): Promise<void> {
    for (let left = SERVE_TRIES - 1; ; left--) {
      try {
        return await this.#serve();
      } catch (error) {
        if (left === 0) throw error;
        await sleep(SERVE_AGAIN_MS);
      }
    }
  }

  async #serve(): Promise<void> {
    const args = ["--data", join(this.folder, "hub"), "--json", "serve", "--listen", this.#address];
    const child = spawn(program("fieldbook"), args, { stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, ...this.#settings } });
    this.#serving = child;
    const told = await new Promise<string>((done, fail) => {
      let text = "";
      child.stdout.on("data", (bytes: Buffer) => {
        text += bytes.toString();
        if (text.includes("\n")) done(text);
      });
      child.on("exit", (code) => fail(new Error(`the hub ended with ${code}: ${text}`)));
    });
    const { address } = JSON.parse(told.slice(0, told.indexOf("\n"))) as { address: string };
    this.#address = address.replace("http://", "");
  }

  /** Stops serving; what is stored stays. */
  async stop(): Promise<void> {
    const child = this.#serving;
    this.#serving = null;
    if (!child || child.exitCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** Ends it for good. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Runs `fieldbook` over its folder. */
  command(args: readonly string[], input = ""): Promise<string> {
    return run("fieldbook", ["--data", join(this.folder, "hub"), ...args], { input });
  }

  /** An access token of somebody who signs in for it. */
  async token(user: string): Promise<string> {
    const body = JSON.stringify({ user, password: PASSWORD, device_name: "test" });
    const headers = { "content-type": "application/json" };
    const signed = await fetch(`${this.url}/auth/v1/sign-in`, { method: "POST", headers, body });
    return ((await signed.json()) as { access_token: string }).access_token;
  }

  /** What the API answers to somebody who signs in for it. */
  async ask<Answer>(user: string, path: string): Promise<Answer> {
    const headers = { authorization: `Bearer ${await this.token(user)}` };
    const answer = await fetch(`${this.url}${path}`, { headers });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  }

  /** Whether it has a route. */
  async has(path: string, method?: string): Promise<boolean> {
    const answer = await fetch(`${this.url}/api/v1/openapi.json`);
    const { paths } = (await answer.json()) as { paths: Record<string, Record<string, unknown>> };
    const route = paths[path];
    return route !== undefined && (method === undefined || method in route);
  }

  /** A rep's device, signed in, with a customer of its own; a name where a rep has several. */
  async device(rep: string, name = rep): Promise<Device> {
    const device = new Device(join(this.folder, `home-${name}`));
    await device.run(["login", "--server", this.url, "--user", rep, "--password-stdin"], `${PASSWORD}\n`);
    const told = await device.run(["customer", "add", "--name", "김철수", "--json"]);
    device.customer = (JSON.parse(told) as { id: string }).id;
    return device;
  }

  /** Two devices of a rep write a customer's field without knowing of each other. */
  async clash(rep: string): Promise<void> {
    const [one, other] = [await this.device(rep, `${rep}-one`), await this.device(rep, `${rep}-other`)] as const;
    await one.run(["sync"]);
    await other.run(["sync"]);
    await one.run(["customer", "set", one.customer, "occupation=교사"]);
    await other.run(["customer", "set", one.customer, "occupation=변호사"]);
    await one.run(["sync"]);
    await other.run(["sync"]);
  }

  /** Sets the premium that a unit is to sell in the month of today. */
  async setTarget(unit: string, won: number): Promise<void> {
    const today = dayAgo(0);
    const last = new Date(Date.UTC(Number(today.slice(0, 4)), Number(today.slice(5, 7)), 0)).toISOString().slice(0, 10);
    const days = ["--from", `${today.slice(0, 8)}01`, "--to", last];
    await this.command(["target", "set", "--unit", unit, "--measure", "premium", ...days, "--value", String(won)]);
  }

  /** Takes over a sale that was made on a day before. */
  sellLate(rep: string, product: string, won: number, day: string): Promise<void> {
    return this.#policies([[rep, product, won, day]]);
  }

  /** Gives a rep many policies of the year before, as a book has them that is taken over. */
  manyPolicies(rep: string, number: number): Promise<void> {
    return this.#policies(Array.from({ length: number }, (_, at) => [rep, "WL01", 50_000, dayAgo(366 + (at % 360))]));
  }

  /** Gives a rep many customers, as a book has them that is taken over. */
  manyCustomers(rep: string, number: number): Promise<void> {
    const rows = Array.from({ length: number }, (_, at) => customerOf(rep, at));
    return this.#import("customers", "customer_no,rep_code,name,birth_date,phone,address.city,occupation", rows);
  }

  /** Every day around today is a working day: what a test sees is the same on a Sunday. */
  async #workEveryDay(): Promise<void> {
    const file = join(this.folder, "calendar.csv");
    const days = Array.from({ length: DAYS_BEFORE + DAYS_AFTER + 1 }, (_, at) => `${dayAgo(at - DAYS_AFTER)},yes`);
    await writeFile(file, ["day,working", ...days].join("\n") + "\n");
    await this.command(["calendar", "import", file]);
  }

  async #policies(sales: readonly (readonly [string, string, number, string])[]): Promise<void> {
    const rows = sales.map(([rep, product, won, day]) => {
      const customer = COMPANY.findIndex((row) => row[4] === rep);
      return [`N${this.#imported++}`, `C${customer}`, product, rep, String(won), day, "monthly"];
    });
    const columns = "policy_ref,customer_no,product_code,rep_code,premium_won,sale_date,payment_mode";
    await this.#import("policies", columns, rows);
  }

  async #import(what: string, columns: string, rows: readonly (readonly string[])[]): Promise<void> {
    const file = join(this.folder, `${what}.csv`);
    const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
    await writeFile(file, [columns, ...rows.map((row) => row.map(quoted).join(","))].join("\n") + "\n");
    await this.command(["import", what, file]);
  }
}

/** A rep's device. */
export class Device {
  readonly #home: string;
  /** Who buys on it. */
  customer = "";

  constructor(home: string) {
    this.#home = home;
  }

  /** Runs `fieldbook-rep` over its home. */
  run(args: readonly string[], input = ""): Promise<string> {
    const env = { FIELDBOOK_PASSPHRASE: PASSPHRASE };
    return run("fieldbook-rep", ["--home", this.#home, ...args], { input, env });
  }

  /** Records a sale. */
  async sell(product: string, won: number, day = "today"): Promise<string> {
    const sale = ["policy", "add", "--customer", this.customer, "--product", product, "--premium", String(won)];
    return (JSON.parse(await this.run([...sale, "--date", day, "--json"])) as { id: string }).id;
  }
}
