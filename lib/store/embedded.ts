/**
 * PGlite behind a socket, for a machine without Postgres: the sandbox and the
 * tests. It listens on the loopback only, on a port that the system picks, and
 * asks for a password that is made for this start: any program on the machine
 * may connect to a port.
 */
import { PGlite } from "@electric-sql/pglite";
import { claimDataDir } from "./data_dir.ts";
import { servePglite } from "./pglite_server.ts";

export interface Embedded {
  url: string;
  stop(): Promise<void>;
}

/** The database in `DATA_DIR`, which is this process's own until it is stopped. */
export async function openEmbedded(
  dataDir: string,
  address: string,
): Promise<Embedded> {
  const claim = await claimDataDir(dataDir, address);
  try {
    const embedded = await startEmbedded(`${dataDir}/postgres`);
    return {
      ...embedded,
      async stop() {
        await embedded.stop();
        claim.release();
      },
    };
  } catch (error) {
    claim.release();
    throw error;
  }
}

/** `directory` undefined: in memory. */
export async function startEmbedded(directory?: string): Promise<Embedded> {
  if (directory) await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  const db = await PGlite.create(directory ? { dataDir: directory } : {});
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
