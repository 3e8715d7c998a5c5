/**
 * PGlite behind a socket, for a machine without Postgres: the sandbox and the
 * tests. It listens on the loopback only, on a port that the system picks.
 */
import { PGlite } from "@electric-sql/pglite";
import { servePglite } from "./pglite_server.ts";

export interface Embedded {
  url: string;
  stop(): Promise<void>;
}

/** `directory` undefined: in memory. */
export async function startEmbedded(directory?: string): Promise<Embedded> {
  if (directory) await Deno.mkdir(directory, { recursive: true });
  const db = await PGlite.create(directory ? { dataDir: directory } : {});
  const server = servePglite(db);
  return {
    url: `postgres://postgres@127.0.0.1:${server.port}/postgres`,
    async stop() {
      await server.stop();
      await db.close();
    },
  };
}
