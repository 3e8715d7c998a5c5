/**
 * Makes the files of a new embedded database. PGlite runs initdb in memory and
 * hands the files on as one archive, which Deno keeps until the process ends
 * (39 MB). So a database is made in memory, closed, and its files are written.
 */
import type { PGlite } from "@electric-sql/pglite";
import { openPglite } from "./embedded_server.ts";

/** Where PGlite has its files. */
const PGDATA = "/pglite/data";

type Files = PGlite["Module"]["FS"];

/** `directory` is empty, or not there yet. */
export async function makeDatabase(directory: string): Promise<void> {
  await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  const db = await openPglite();
  const files = db.Module.FS;
  await db.close();
  await writeOut(files, PGDATA, directory);
}

async function writeOut(
  files: Files,
  from: string,
  to: string,
): Promise<void> {
  for (const name of files.readdir(from)) {
    if (name === "." || name === "..") continue;
    const [source, target] = [`${from}/${name}`, `${to}/${name}`];
    if (files.isDir(files.stat(source).mode)) {
      await Deno.mkdir(target, { mode: 0o700 });
      await writeOut(files, source, target);
    } else {
      await Deno.writeFile(target, files.readFile(source), { mode: 0o600 });
    }
  }
}
