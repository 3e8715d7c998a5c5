/**
 * How long the work of a request may take. The limit goes along with the work
 * (`AsyncLocalStorage`), so that no function has to hand it on: when it is
 * reached, the statements of the work are ended on the server, and further ones
 * are refused (`pool/`). Calls to others end some time earlier, so that what
 * comes of that can still be written down and told. Work that several requests
 * share, or that goes on behind an answer, is done `apart`: one caller's limit
 * must not end it for the others, and it is nobody's spending.
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

/** What else goes along with a request, and is no matter of work that is apart. */
const others: AsyncLocalStorage<unknown>[] = [];

/** Call it once for each such storage, where it is made. */
export function endApart<T>(
  storage: AsyncLocalStorage<T>,
): AsyncLocalStorage<T> {
  others.push(storage as AsyncLocalStorage<unknown>);
  return storage;
}

/**
 * Does `work`, which has no limit whoever begins it, and is done in nobody's name:
 * what an event needs is not counted as the person's whose request came just then.
 */
export function apart<T>(work: () => T): T {
  const alone = others.reduce<() => T>(
    (inner, storage) => () => storage.run(undefined, inner),
    work,
  );
  return limits.run(null, alone);
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
