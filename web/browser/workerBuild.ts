/** A copy of the app whose worker, the one that holds the book, runs something of a test's first. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { DIST } from "./screen";

const WORKER = /^worker-.*\.js$/;

/** The copy, in a folder of its own. */
export class WorkerBuild {
  private constructor(readonly folder: string) {}

  /** Copies what was built; `begin` is a program. */
  static async make(begin: string): Promise<WorkerBuild> {
    const folder = await mkdtemp(join(tmpdir(), "fieldbook-worker-"));
    await cp(DIST ?? resolve(import.meta.dirname, "../dist"), folder, { recursive: true });
    const assets = join(folder, "rep/assets");
    const worker = (await readdir(assets)).find((name) => WORKER.test(name));
    if (!worker) throw new Error("the build has no worker");
    const file = join(assets, worker);
    await writeFile(file, `${begin}\n${await readFile(file, "utf8")}`);
    return new WorkerBuild(folder);
  }

  /** Removes it. */
  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
