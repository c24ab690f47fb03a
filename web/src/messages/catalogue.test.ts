import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import en from "./en.json";
import ko from "./ko.json";
import zh from "./zh.json";

const SOURCES = join(import.meta.dirname, "..");

/** What a message is filled with: the names right after an opening brace. */
const holes = (message: string) => [...new Set(message.match(/(?<=\{)\w+(?=[,}])/g) ?? [])].sort();

test.each([
  ["ko", ko],
  ["zh", zh],
])("%s says everything that English says, filled with the same", (_, catalogue) => {
  expect(Object.keys(catalogue)).toEqual(Object.keys(en));
  for (const [id, message] of Object.entries(catalogue)) {
    expect(message, id).not.toBe("");
    const english = holes(en[id as keyof typeof en]);
    // A plural has the number twice in English: counted and spelled.
    const needed = holes(message);
    expect(english, id).toEqual(expect.arrayContaining(needed));
  }
});

test("every message is said somewhere", () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file) && !file.includes("messages"));
  const code = files.map((file) => readFileSync(join(SOURCES, file), "utf8")).join("\n");
  const templates = [...code.matchAll(/`([a-z.-]+\.)\$\{/g)].map((match) => match[1] ?? "");
  const isSaid = (id: string) => code.includes(`"${id}"`) || templates.some((start) => id.startsWith(start));
  expect(Object.keys(en).filter((id) => !isSaid(id))).toEqual([]);
});
