/**
 * The cache as the token needs it: help when it works, no harm when it does not. A call that fails or
 * hangs is logged and answered as if the store were empty and the lease ours, so that a broken KV or
 * database costs an extra token call in each process and never a request.
 */
import type { Log } from "../http/log.ts";
import type { CacheStore, Lease } from "../store/cache.ts";
import { until } from "../store/deadline.ts";
import { type StartTimer, within } from "./time.ts";

const NO_LEASE: Lease = { release: () => Promise.resolve() };
const PATIENCE_MS = 2_500;

export function guardCache(
  cache: CacheStore,
  deps: { log: Log; startTimer: StartTimer },
): Omit<CacheStore, "hit" | "swap"> {
  async function guard<T>(
    operation: string,
    fallback: T,
    work: () => Promise<T>,
  ): Promise<T> {
    const late = () =>
      new Error(`Cache did not answer within ${PATIENCE_MS} ms`);
    try {
      // What it asks a database ends with it, and keeps no connection.
      const limited = (over: AbortSignal) => until(over, work);
      return await within(
        PATIENCE_MS,
        late,
        undefined,
        deps.startTimer,
        limited,
      );
    } catch (error) {
      deps.log("warn", "wecom.cache.unavailable", { operation, error });
      return fallback;
    }
  }

  return {
    get: (key) => guard("get", null, () => cache.get(key)),
    set: (key, value, expiresAt) =>
      guard("set", undefined, () => cache.set(key, value, expiresAt)),
    deleteIf: (key, value) =>
      guard("deleteIf", false, () => cache.deleteIf(key, value)),
    acquire: (key, ttlMs) =>
      guard<Lease | null>("acquire", NO_LEASE, async () => {
        const lease = await cache.acquire(key, ttlMs);
        return lease &&
          { release: () => guard("release", undefined, () => lease.release()) };
      }),
  };
}
