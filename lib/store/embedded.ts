/**
 * PGlite behind a socket, for a machine without Postgres: the sandbox and the
 * tests. It listens on the loopback only, on a port that the system picks, and
 * asks for a password that is made for this start: any program on the machine
 * may connect to a port.
 */
import { PGlite } from "@electric-sql/pglite";
import { briefly } from "../http/briefly.ts";
import { claimDataDir } from "./data_dir.ts";
import { servePglite } from "./pglite_server.ts";

export interface Embedded {
  url: string;
  stop(): Promise<void>;
}

/** What is said to the thread, and what it says. */
export type Told = { open: string } | "stop";
export type Said = { url: string } | "stopped" | { failed: unknown };

/** A statement that takes longer is not waited for at a stop: it is as with a kill. */
const STOP_MS = 1_000;

/** The database in `DATA_DIR`, which is this process's own until it is stopped. */
export async function openEmbedded(
  dataDir: string,
  address: string,
): Promise<Embedded> {
  const claim = await claimDataDir(dataDir, address);
  try {
    const embedded = await startThread(`${dataDir}/postgres`);
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

/** In a thread of its own (`embedded_worker.ts`). */
async function startThread(directory: string): Promise<Embedded> {
  const worker = new Worker(
    new URL("./embedded_worker.ts", import.meta.url).href,
    { type: "module", name: "postgres" },
  );
  const tell = (told: Told): Promise<Said> => {
    const { promise, resolve, reject } = Promise.withResolvers<Said>();
    worker.onmessage = ({ data }: MessageEvent<Said>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`The embedded database ended: ${event.message}`));
    };
    worker.postMessage(told);
    return promise;
  };
  try {
    const said = await tell({ open: directory });
    if (typeof said === "string" || "failed" in said) {
      throw typeof said === "string" ? new Error(said) : said.failed;
    }
    return {
      url: said.url,
      async stop() {
        await briefly(tell("stop").catch(() => {}), STOP_MS);
        worker.terminate();
      },
    };
  } catch (error) {
    worker.terminate();
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
