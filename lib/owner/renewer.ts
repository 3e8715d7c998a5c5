/**
 * Brings stored numbers up to date: sealed and hashed with `DATA_KEY`, found by
 * the rules of today. The nightly run does it, so that nobody has to know;
 * `deno task rotate` does it now, and ends the change of a key: only when
 * nothing that can be read is sealed with another one, that one's canary goes.
 */
import {
  countStaleContacts,
  renewContactNumbers,
} from "../contacts/renew_numbers.ts";
import {
  countStaleWritten,
  renewWrittenNumbers,
} from "../contacts/renew_written.ts";
import type { Log } from "../http/log.ts";
import {
  countStaleOrders,
  renewOrderNumbers,
} from "../orders/renew_numbers.ts";
import type { Sql } from "../store/database.ts";
import type { Renewal } from "../store/renewal.ts";
import type { Vault } from "../store/vault.ts";
import { replaceCanaries } from "./canary.ts";

/** Where numbers stand: one pass over each. */
const PASSES = {
  orders: { renew: renewOrderNumbers, count: countStaleOrders },
  contacts: { renew: renewContactNumbers, count: countStaleContacts },
  remarks: { renew: renewWrittenNumbers, count: countStaleWritten },
};

export type Part = keyof typeof PASSES;
export type Renewed = Record<Part, Renewal>;
export type Progress = (part: Part, renewed: number) => void;

export interface Renewer {
  /** How many rows there are to renew, those that nobody can read included. */
  left(): Promise<Record<Part, number>>;
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

/** For what a process that has the keys the other way round writes meanwhile. */
const TURNS = 3;

export function createRenewer(
  { sql, vault, log }: { sql: Sql; vault: Vault; log: Log },
): Renewer {
  const closing = new AbortController();
  const { signal } = closing;
  const busy = new Set<Promise<unknown>>();

  async function run(onProgress: Progress = () => {}): Promise<Renewed> {
    const pass = (part: Part) =>
      PASSES[part].renew({
        sql,
        vault,
        signal,
        onBatch: (renewed) => onProgress(part, renewed),
      });
    // One after the other: it runs beside people who work.
    const done = {
      orders: await pass("orders"),
      contacts: await pass("contacts"),
      remarks: await pass("remarks"),
    };
    const unreadable = total(done, "unreadable");
    if (total(done, "renewed") + unreadable > 0) {
      log(unreadable > 0 ? "error" : "info", "numbers.renewed", done);
    }
    return done;
  }

  async function end(): Promise<number> {
    let left = 0;
    for (let turn = 0; turn < TURNS; turn++) {
      left = total(await run(), "renewed");
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
    async left() {
      const count = (part: Part) => PASSES[part].count(sql, vault);
      return {
        orders: await count("orders"),
        contacts: await count("contacts"),
        remarks: await count("remarks"),
      };
    },
    run: (onProgress) => tracked(run(onProgress)),
    end: () => tracked(end()),
    async close() {
      closing.abort();
      await Promise.allSettled(busy);
    },
  };
}

function total(done: Renewed, count: keyof Renewal): number {
  return Object.values(done).reduce((sum, part) => sum + part[count], 0);
}
