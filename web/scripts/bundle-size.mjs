/** Fails when the first load of the console is larger than it may be: what `index.html` asks for, compressed. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** The most that a first visit may load. */
const MOST_KIB = 400;

const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

/** Everything an entry needs before it runs, and one catalogue of messages, the largest. */
function firstLoad() {
  const files = new Set(["index.html"]);
  const visit = (name) => {
    const chunk = manifest[name];
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    (chunk.css ?? []).forEach((file) => files.add(file));
    (chunk.imports ?? []).forEach(visit);
  };
  visit("index.html");
  const catalogues = Object.keys(manifest).filter((name) => /^src\/messages\/(ko|en|zh)\.ts$/.test(name));
  if (catalogues.length !== 3) throw new Error(`the build has ${catalogues.length} catalogues instead of 3`);
  const largest = catalogues.map((name) => manifest[name].file).sort((one, other) => size(other) - size(one))[0];
  return [...files, largest];
}

function size(file) {
  return gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
}

const bytes = firstLoad().reduce((sum, file) => sum + size(file), 0);
const kib = Math.ceil(bytes / 1024);
console.log(`first load: ${kib} KiB compressed, of ${MOST_KIB}`);
if (kib > MOST_KIB) {
  console.error("the first load is too large: load what not every visit needs with import()");
  process.exit(1);
}
