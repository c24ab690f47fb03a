/** One chunk of the build. */
export interface Chunk {
  readonly file: string;
  readonly css?: readonly string[];
  readonly assets?: readonly string[];
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}

/** The files of an entry: with `isFirst` those it needs before it runs, else all it may ever load. */
export function filesOf(manifest: Readonly<Record<string, Chunk>>, entry: string, isFirst?: boolean): Set<string>;
