/**
 * How the process ends, however it was started: at SIGTERM or SIGINT the work of
 * the background is cut, requests under way get their answers, then the stores
 * are closed. Containers are killed after 10 s, Deno Deploy kills after 5: so
 * what hangs is ended step by step, requests first (they are told to come again),
 * then what the database is still asked, on the server, too; after 4.5 s nothing
 * holds it any longer. `deno serve` stops listening by itself at the same signals;
 * who calls `Deno.serve` does it beside this.
 */
import { briefly } from "./http/briefly.ts";
import type { Log } from "./http/log.ts";
import type { Requests } from "./http/requests.ts";

/** For requests to come to their end by themselves; then they are ended. */
const FOR_REQUESTS_MS = 2_500;
/** For their answers then. */
const FOR_HASTE_MS = 700;
/** For what runs in the background, and for the stores. */
const FOR_CLOSING_MS = 300;
const IN_ALL_MS = 4_500;
/** Whoever waits for a long reading of contacts is told to try again after this. */
const FOR_CONTACTS_MS = 1_500;
/** What was accepted before the listener closed is with us after this. */
const FOR_ARRIVALS_MS = 50;
/** The last bytes are on their way; then nothing keeps the process. */
const FOR_BYTES_MS = 250;

/** What a stop needs of the services. */
export interface Stoppable {
  /** Cuts what runs in the background; requests go on. */
  cutWork(): Promise<void>;
  contactSync: { close(): Promise<void> };
  close(): Promise<void>;
  /** Ends what is asked of the database, whoever waits for it. */
  hangUp(): void;
}

export interface StopDeps {
  requests: Requests;
  /** null: nobody needed them yet. */
  services: () => Promise<Stoppable> | null;
  log: Log;
  exit: () => void;
}

/** Closes everything in order. Never throws; after 4.5 s it calls `exit` instead. */
export async function stop(deps: StopDeps): Promise<void> {
  const { requests, log, exit } = deps;
  const begun = Date.now();
  log("info", "stop.begun", { requests: requests.underWay });
  const late = setTimeout(() => {
    log("warn", "stop.cut", { requests: requests.underWay });
    exit();
  }, IN_ALL_MS);
  try {
    const services = await deps.services();
    const cut = services?.cutWork();
    const hurry = setTimeout(
      () => services?.contactSync.close().catch(() => {}),
      FOR_CONTACTS_MS,
    );
    const ended = answered(requests);
    if (await briefly(ended, FOR_REQUESTS_MS) === "late") {
      requests.hurry();
      await briefly(ended, FOR_HASTE_MS);
    }
    clearTimeout(hurry);
    const closed = Promise.all([cut, services?.close()]);
    if (await briefly(closed, FOR_CLOSING_MS) === "late") {
      services?.hangUp();
      await closed;
    }
    log("info", "stop.done", { ms: Date.now() - begun });
  } catch (error) {
    log("warn", "stop.failed", { error });
  }
  clearTimeout(late);
}

async function answered(requests: Requests): Promise<void> {
  await requests.none();
  await new Promise((resolve) => setTimeout(resolve, FOR_ARRIVALS_MS));
  await requests.none();
}

/** Stops at the first signal. The answer aborts then, for what runs by the clock. */
export function stopAtSignals(deps: StopDeps): AbortSignal {
  const stopping = new AbortController();
  const begin = async () => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    await stop(deps);
    // It ends by itself before this when nothing else keeps it.
    Deno.unrefTimer(setTimeout(deps.exit, FOR_BYTES_MS));
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, begin);
  }
  return stopping.signal;
}
