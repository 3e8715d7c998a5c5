/**
 * How long the work of a request may take. The limit goes along with the work
 * (`AsyncLocalStorage`), so that no function has to hand it on: when it is
 * reached, the statements of the work are ended on the server, and further ones
 * are refused (`pool/`). Work that several requests share, or that goes on behind
 * an answer, is done `apart`: one caller's limit must not end it for the others.
 */
import { AsyncLocalStorage } from "node:async_hooks";

const limits = new AsyncLocalStorage<AbortSignal | null>();

/** The limit of the work that asks; null: it has none. */
export function limitNow(): AbortSignal | null {
  return limits.getStore() ?? null;
}

/** Does `work`, whose statements end when the signal aborts, or an outer one. */
export function until<T>(signal: AbortSignal, work: () => T): T {
  const outer = limitNow();
  const limit = outer ? AbortSignal.any([outer, signal]) : signal;
  return limits.run(limit, work);
}

/** Does `work`, which has no limit whoever begins it. */
export function apart<T>(work: () => T): T {
  return limits.run(null, work);
}

/** Does `work`, whose statements end after so long, whoever begins it. */
export async function apartFor<T>(
  ms: number,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), ms);
  try {
    return await limits.run(over.signal, work);
  } finally {
    clearTimeout(timer);
  }
}
