/** Which modules of the build go together, so that a phone asks for few files. */

/** Modules that can be reached from `entry`: by what is imported at once, and also, with `isEver`, by what is loaded later. */
function reached(entry, infoOf, isEver) {
  const seen = new Set();
  const next = [entry];
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const info = infoOf(id);
    next.push(...(info?.importedIds ?? []), ...(isEver ? (info?.dynamicallyImportedIds ?? []) : []));
  }
  return seen;
}

/**
 * Names the chunk of a module that the app's page asks for before it runs: those that the console's page asks for too are
 * one, the app's own another. Each file is asked of the service worker by itself, and that takes longer than reading it.
 * What only later parts of the console need as well stays where it is: they must not bring the app.
 */
export function initialChunks(app, console) {
  let known = null;
  return (id, context) => {
    const infoOf = (of) => context.getModuleInfo(of);
    known ??= {
      ofApp: reached(app, infoOf, false),
      ofConsole: reached(console, infoOf, false),
      everOfConsole: reached(console, infoOf, true),
    };
    // A page's script must stay what it was: others are found by it.
    if (!known.ofApp.has(id) || id === app || infoOf(app)?.importedIds.includes(id)) return null;
    if (known.ofConsole.has(id)) return "both";
    return known.everOfConsole.has(id) ? null : "app";
  };
}
