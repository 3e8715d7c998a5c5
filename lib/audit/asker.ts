/**
 * From where a request came, for the audit log: it goes along with the request's
 * work, so that whatever writes an entry need not be told of it.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { endApart } from "../store/deadline.ts";

export interface Asker {
  /** The client's address; null: not known. */
  address: string | null;
  /** The id that the client or a proxy gave the request; ours is another. */
  clientRequestId: string | null;
}

const NOBODY: Asker = { address: null, clientRequestId: null };
const askers = endApart(new AsyncLocalStorage<Asker>());

export function followAsker<T>(asker: Asker, work: () => T): T {
  return askers.run(asker, work);
}

/** Of the request that is under way; of what runs by the clock nobody. */
export function askerNow(): Asker {
  return askers.getStore() ?? NOBODY;
}
