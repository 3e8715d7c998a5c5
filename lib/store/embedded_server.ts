/**
 * One PGlite and its socket, in the thread that calls. PGlite has the settings
 * of a server by itself. Here it is one session with the data of a trial, and
 * memory of WebAssembly never shrinks: what is taken once is kept.
 */
import { PGlite } from "@electric-sql/pglite";
import type { Embedded } from "./embedded.ts";
import { servePglite } from "./pglite_server.ts";

/**
 * Its own 128 MB of buffers are written to at the start, so all of them count;
 * with an eighth queries are as fast, since the system keeps files in memory, too.
 */
const SETTINGS = ["shared_buffers=16MB", "maintenance_work_mem=16MB"];

/** `directory` undefined: in memory. */
export async function openPglite(directory?: string): Promise<PGlite> {
  return await PGlite.create({
    ...(directory ? { dataDir: directory } : {}),
    startParams: [
      ...PGlite.defaultStartParams,
      ...SETTINGS.flatMap((setting) => ["-c", setting]),
    ],
  });
}

/** `directory` undefined: in memory. */
export async function startEmbedded(directory?: string): Promise<Embedded> {
  if (directory) await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  const db = await openPglite(directory);
  const password = crypto.randomUUID();
  const server = servePglite(db, password);
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${server.port}/postgres`,
    async stop() {
      await server.stop();
      await db.close();
    },
  };
}
