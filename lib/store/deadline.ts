/**
 * How long the work of a request may take. The limit goes along with the work
 * (`AsyncLocalStorage`), so that no function has to hand it on: when it is
 * reached, the statements of the work are ended on the server, and further ones
 * are refused (`pool/`). Calls to others end some time earlier, so that what
 * comes of that can still be written down and told. Work that several requests
 * share, or that goes on behind an answer, is done `apart`: one caller's limit
 * must not end it for the others.
 */
import { AsyncLocalStorage } from "node:async_hooks";

interface Limit {
  statements: AbortSignal;
  calls: AbortSignal;
}

const limits = new AsyncLocalStorage<Limit | null>();

/** When the statements of the work end that asks; null: it has no limit. */
export function limitNow(): AbortSignal | null {
  return limits.getStore()?.statements ?? null;
}

/** When its calls to WeCom end. */
export function callLimitNow(): AbortSignal | null {
  return limits.getStore()?.calls ?? null;
}

/**
 * Does `work`, whose statements end when the signal aborts, and whose calls end
 * with `calls`; an outer limit holds, too.
 */
export function until<T>(
  statements: AbortSignal,
  work: () => T,
  calls: AbortSignal = statements,
): T {
  const outer = limits.getStore();
  return limits.run(
    outer
      ? {
        statements: AbortSignal.any([outer.statements, statements]),
        calls: AbortSignal.any([outer.calls, calls]),
      }
      : { statements, calls },
    work,
  );
}

/** Does `work`, which has no limit whoever begins it. */
export function apart<T>(work: () => T): T {
  return limits.run(null, work);
}

/** Does `work`, which ends after so long, whoever begins it. */
export async function apartFor<T>(
  ms: number,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), ms);
  try {
    return await apart(() => until(over.signal, work));
  } finally {
    clearTimeout(timer);
  }
}
