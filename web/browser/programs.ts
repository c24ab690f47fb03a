/** The real programs, as the Rust tests find and run them. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** The variable that says where the programs are. */
const BINARIES_VARIABLE = "FIELDBOOK_BIN";

/** Where the browser is. */
export const CHROMIUM = process.env["FIELDBOOK_CHROMIUM"] ?? "/usr/bin/chromium";

/** The path of a program. */
export function program(name: string): string {
  const folder = process.env[BINARIES_VARIABLE] ?? resolve(import.meta.dirname, "../../target/debug");
  const path = join(folder, name);
  if (!existsSync(path)) throw new Error(`${path} is missing: build it with \`cargo build --bins\``);
  return path;
}

/** Runs a program to its end; what it printed, where it succeeded. */
export async function run(
  name: string,
  args: readonly string[],
  options: { input?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const child = spawn(program(name), args, { env: { ...process.env, ...options.env } });
  let [out, told] = ["", ""];
  child.stdout.on("data", (bytes: Buffer) => (out += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (told += bytes.toString()));
  // A program that asks for nothing may have ended before this; how it ended is told by its code.
  child.stdin.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  child.stdin.end(options.input ?? "");
  const code = await new Promise<number | null>((done, fail) => {
    child.on("error", fail);
    child.on("close", done);
  });
  if (code !== 0) throw new Error(`${name} ${args.join(" ")} ended with ${code}: ${out}${told}`);
  return out;
}
