/**
 * Brings stored numbers up to date: sealed and hashed with `DATA_KEY`, found by
 * the rules of today. The nightly run does it, so that nobody has to know;
 * `deno task rotate` does it now, and ends the change of a key: only when
 * nothing that can be read is sealed with another one, that one's canary goes.
 */
import { renewContactNumbers } from "../contacts/renew_numbers.ts";
import type { Log } from "../http/log.ts";
import { renewOrderNumbers } from "../orders/renew_numbers.ts";
import type { Sql } from "../store/database.ts";
import type { Renewal } from "../store/renewal.ts";
import type { Vault } from "../store/vault.ts";
import { replaceCanaries } from "./canary.ts";

export type Part = "orders" | "contacts";
export type Progress = (part: Part, renewed: number) => void;

export interface Renewed {
  orders: Renewal;
  contacts: Renewal;
}

export interface Renewer {
  /** Answers what was done; throws when `close` cuts it. */
  run(onProgress?: Progress): Promise<Renewed>;
  /**
   * Ends the change of a key: the one before is not needed any more. Answers
   * how many numbers still are sealed with it; more than 0, and nothing ends.
   */
  end(): Promise<number>;
  /** Cuts what runs here after its batch, and waits for it. */
  close(): Promise<void>;
}

/** What was written meanwhile by a process that has the keys the other way round. */
const PASSES = 3;

export function createRenewer(
  { sql, vault, log }: { sql: Sql; vault: Vault; log: Log },
): Renewer {
  const closing = new AbortController();
  const { signal } = closing;
  const busy = new Set<Promise<unknown>>();

  async function run(onProgress: Progress = () => {}): Promise<Renewed> {
    const orders = await renewOrderNumbers({
      sql,
      vault,
      signal,
      onBatch: (renewed) => onProgress("orders", renewed),
    });
    const contacts = await renewContactNumbers({
      sql,
      vault,
      signal,
      onBatch: (renewed) => onProgress("contacts", renewed),
    });
    const unreadable = orders.unreadable + contacts.unreadable;
    if (orders.renewed + contacts.renewed + unreadable > 0) {
      const level = unreadable > 0 ? "error" : "info";
      log(level, "numbers.renewed", { orders, contacts });
    }
    return { orders, contacts };
  }

  async function end(): Promise<number> {
    let left = 0;
    for (let pass = 0; pass < PASSES; pass++) {
      const { orders, contacts } = await run();
      left = orders.renewed + contacts.renewed;
      if (left > 0) continue;
      await replaceCanaries(sql, vault);
      return 0;
    }
    return left;
  }

  function tracked<T>(work: Promise<T>): Promise<T> {
    busy.add(work);
    const forget = () => void busy.delete(work);
    work.then(forget, forget);
    return work;
  }

  return {
    run: (onProgress) => tracked(run(onProgress)),
    end: () => tracked(end()),
    async close() {
      closing.abort();
      await Promise.allSettled(busy);
    },
  };
}
