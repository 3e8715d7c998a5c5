/**
 * How the process ends, however it was started: at SIGTERM or SIGINT the work of
 * the background is cut, requests under way get their answers, then the stores
 * are closed. Containers are killed after 10 s, Deno Deploy kills after 5: so a
 * half-sent body, a request that hangs or a locked table holds it for 4.5 s at
 * most. `deno serve` stops listening by itself at the same signals; who calls
 * `Deno.serve` does it beside this.
 */
import { briefly } from "./http/briefly.ts";
import type { Log } from "./http/log.ts";
import type { Requests } from "./http/requests.ts";

/** For requests; what is left is for closing the stores. */
const FOR_REQUESTS_MS = 3_500;
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
    await briefly(answered(requests), FOR_REQUESTS_MS);
    clearTimeout(hurry);
    await cut;
    await services?.close();
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
