import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import repEn from "../rep/words/en.json";
import repKo from "../rep/words/ko.json";
import lateEn from "../rep/words/late/en.json";
import lateKo from "../rep/words/late/ko.json";
import lateZh from "../rep/words/late/zh.json";
import repZh from "../rep/words/zh.json";
import en from "./en.json";
import ko from "./ko.json";
import zh from "./zh.json";

type Catalogue = Record<string, string>;

const SOURCES = join(import.meta.dirname, "..");

/** What a message is filled with: the names right after an opening brace. */
const holes = (message: string) => [...new Set(message.match(/(?<=\{)\w+(?=[,}])/g) ?? [])].sort();

test.each<[string, Catalogue, Catalogue]>([
  ["the console in ko", ko, en],
  ["the console in zh", zh, en],
  ["the app in ko", repKo, repEn],
  ["the app in zh", repZh, repEn],
  ["the app's late words in ko", lateKo, lateEn],
  ["the app's late words in zh", lateZh, lateEn],
])("%s says everything that English says, filled with the same", (_, catalogue, english) => {
  expect(Object.keys(catalogue)).toEqual(Object.keys(english));
  for (const [id, message] of Object.entries(catalogue)) {
    expect(message, id).not.toBe("");
    // A plural has the number twice in English: counted and spelled.
    expect(holes(english[id] ?? ""), id).toEqual(expect.arrayContaining(holes(message)));
  }
});

test.each<[string, Catalogue, (file: string) => boolean]>([
  ["the console", en, (file) => !file.startsWith("rep")],
  ["the app", { ...repEn, ...lateEn }, (file) => file.startsWith("rep")],
])("every message of %s is said somewhere", (_, catalogue, isOf) => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file) && !file.includes("messages"));
  const code = files
    .filter(isOf)
    .map((file) => readFileSync(join(SOURCES, file), "utf8"))
    .join("\n");
  const templates = [...code.matchAll(/`([a-z.-]+\.)\$\{/g)].map((match) => match[1] ?? "");
  const isSaid = (id: string) => code.includes(`"${id}"`) || templates.some((start) => id.startsWith(start));
  expect(Object.keys(catalogue).filter((id) => !isSaid(id))).toEqual([]);
});
