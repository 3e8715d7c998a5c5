/**
 * PGlite behind a socket, for a machine without Postgres: the sandbox and the
 * tests. It runs in a thread (`embedded_worker.ts`), listens on the loopback
 * only, on a port that the system picks, and asks for a password that is made
 * for this start: any program on the machine may connect to a port. A new
 * database is made in a thread that ends before the other begins, since memory
 * of WebAssembly never shrinks, and making one takes twice what serving does.
 */
import { briefly } from "../http/briefly.ts";
import { claimDataDir } from "./data_dir.ts";

export interface Embedded {
  url: string;
  stop(): Promise<void>;
}

/** What is said to the thread, and what it says. */
export type Told = { make: string } | { open: string } | "stop";
export type Said = { url: string } | "made" | "stopped" | { failed: unknown };

/** A statement that takes longer is not waited for at a stop: it is as with a kill. */
const STOP_MS = 1_000;

/** The database in `DATA_DIR`, which is this process's own until it is stopped. */
export async function openEmbedded(
  dataDir: string,
  address: string,
): Promise<Embedded> {
  const claim = await claimDataDir(dataDir, address);
  try {
    const directory = `${dataDir}/postgres`;
    if (!await isThere(directory)) await make(directory);
    else await fillEmpty(directory);
    await forgetHolder(directory);
    const embedded = await open(directory);
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

/**
 * A process that was killed while it started leaves this file empty, and
 * Postgres takes that for another one that is starting, for ever. The claim says
 * that there is none.
 */
async function forgetHolder(directory: string): Promise<void> {
  try {
    await Deno.remove(`${directory}/postmaster.pid`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function isThere(directory: string): Promise<boolean> {
  try {
    await Deno.stat(directory);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Made elsewhere, then renamed, so that a kill leaves no half of a database. */
async function make(directory: string): Promise<void> {
  const making = `${directory}.new`;
  if (await isThere(making)) await Deno.remove(making, { recursive: true });
  await makeIn(making);
  await Deno.rename(making, directory);
}

async function makeIn(directory: string): Promise<void> {
  const thread = startThread();
  try {
    await thread.tell({ make: directory });
  } finally {
    thread.end();
  }
}

/**
 * One that is there and empty may be a volume, which cannot be put in the place
 * of another: it is filled where it is. A file beside it tells of a fill that
 * was killed half-way; nothing else is ever taken away.
 */
async function fillEmpty(directory: string): Promise<void> {
  const filling = `${directory}.filling`;
  const begun = await isThere(filling);
  const names = await namesIn(directory);
  if (!begun && names.length > 0) return;
  await Deno.writeTextFile(filling, "");
  for (const name of names) {
    await Deno.remove(`${directory}/${name}`, { recursive: true });
  }
  await makeIn(directory);
  await Deno.remove(filling);
}

async function namesIn(directory: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(directory));
  return entries.map((entry) => entry.name);
}

async function open(directory: string): Promise<Embedded> {
  const thread = startThread();
  try {
    const said = await thread.tell({ open: directory });
    if (typeof said === "string") throw new Error(said);
    return {
      url: said.url,
      async stop() {
        await briefly(thread.tell("stop").catch(() => {}), STOP_MS);
        thread.end();
      },
    };
  } catch (error) {
    thread.end();
    throw error;
  }
}

function startThread() {
  const worker = new Worker(
    new URL("./embedded_worker.ts", import.meta.url).href,
    { type: "module", name: "postgres" },
  );
  return {
    end: () => worker.terminate(),
    /** Throws what failed in the thread. */
    async tell(told: Told): Promise<Exclude<Said, { failed: unknown }>> {
      const { promise, resolve, reject } = Promise.withResolvers<Said>();
      worker.onmessage = ({ data }: MessageEvent<Said>) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(`The embedded database ended: ${event.message}`));
      };
      worker.postMessage(told);
      const said = await promise;
      if (typeof said === "object" && "failed" in said) throw said.failed;
      return said;
    },
  };
}
