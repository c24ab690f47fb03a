/** Amounts as people type and paste them. Pure. */

const UNITS: Readonly<Record<string, number>> = { 만: 10_000, 万: 10_000, 억: 100_000_000, 亿: 100_000_000 };

/** The most a target may be: numbers beyond lose their last digits on a screen. */
export const MOST = 1_000_000_000_000_000;

/** Why a text is no amount. */
export type AmountProblem = "not-a-number" | "negative" | "not-whole" | "too-much";

/** What a text means: nothing where it is empty, an amount, or why it is none. */
export type Read = { readonly value: number | null } | { readonly problem: AmountProblem };

/** Reads an amount: separators, a currency, and 만 and 억 are understood. */
export function readAmount(text: string): Read {
  const bare = text.normalize("NFKC").replaceAll(/[\s,_₩원元]|韩元/gu, "");
  if (bare === "") return { value: null };
  const parts = /^([-−]?)((?:\d+(?:\.\d+)?[만억万亿]?)+)$/u.exec(bare);
  if (!parts?.[2]) return { problem: "not-a-number" };
  if (parts[1]) return { problem: "negative" };
  let value = 0;
  for (const [, number = "", unit = ""] of parts[2].matchAll(/(\d+(?:\.\d+)?)([만억万亿]?)/gu)) {
    value += Number(number) * (UNITS[unit] ?? 1);
  }
  if (value > MOST) return { problem: "too-much" };
  return Number.isInteger(value) ? { value } : { problem: "not-whole" };
}

/** The cells of what a spreadsheet puts on the clipboard, line by line. */
export function readTable(text: string): string[][] {
  const lines = text.replaceAll(/\r\n?/g, "\n").replace(/\n$/, "").split("\n");
  return lines.map((line) => line.split("\t").map((cell) => cell.replace(/^"([\s\S]*)"$/, "$1").trim()));
}
