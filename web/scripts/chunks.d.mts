/** Where the bundler tells of a module. */
interface Context {
  getModuleInfo(id: string): { readonly importedIds: readonly string[]; readonly dynamicallyImportedIds: readonly string[] } | null;
}

/** Names the chunk of a module that the app's page, one of two entries, asks for before it runs; nothing for all others. */
export function initialChunks(app: string, console: string): (id: string, context: Context) => string | null;
