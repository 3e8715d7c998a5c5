/**
 * WebViews and the back button ask for the callback's address a second time,
 * when its code is spent and the sign-in's cookie gone. Where the first arrival
 * went to is kept for as long as the sign-in may take; losing it costs the way
 * home, not the sign-in.
 */
import type { Log } from "../http/log.ts";
import type { CacheStore } from "../store/cache.ts";
import { safeNext } from "./next.ts";

const KEPT_MS = 10 * 60_000;
const place = (state: string) => `login/${state}`;

export interface ArrivalDeps {
  cache: CacheStore;
  now: () => number;
  log: Log;
}

/** Never throws. */
export async function keepArrival(
  { cache, now, log }: ArrivalDeps,
  state: string,
  next: string,
): Promise<void> {
  await cache.set(place(state), next, now() + KEPT_MS).catch((error) =>
    log("warn", "auth.arrival_not_kept", { error })
  );
}

/** Where the first arrival with this state went to; "/" when it is not known. */
export async function firstArrival(
  { cache }: Pick<ArrivalDeps, "cache">,
  state: string,
): Promise<string> {
  const kept = await cache.get(place(state)).catch(() => null);
  return safeNext(kept?.value);
}
