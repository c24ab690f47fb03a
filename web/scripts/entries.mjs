/** What an entry of the build is made of, by the manifest that Vite writes. */

/**
 * The files of an entry: with `isFirst` those it needs before it runs, else all it may ever load.
 */
export function filesOf(manifest, entry, isFirst = false) {
  const files = new Set([entry]);
  const seen = new Set();
  const visit = (name) => {
    const chunk = manifest[name];
    if (!chunk || seen.has(name)) return;
    seen.add(name);
    [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])].forEach((file) => files.add(file));
    (chunk.imports ?? []).forEach(visit);
    if (!isFirst) (chunk.dynamicImports ?? []).forEach(visit);
  };
  visit(entry);
  return files;
}
