/**
 * The pool's `sql`: the driver makes the query, the turnstile decides when it is
 * sent, and on which connection. A query is sent when somebody wants its answer,
 * as with the driver alone; parts of other queries never are.
 */
import { outageOf } from "../errors.ts";
import type { DriverSql, DriverTransaction, Queries } from "../sql.ts";
import type { DriverQuery, Slot } from "./slot.ts";
import type { Task } from "./task.ts";
import type { Turnstile } from "./turnstile.ts";

/** The queries of a driver, with another way to the database. */
export function queriesOf(
  source: DriverSql | DriverTransaction,
  handle: (query: DriverQuery) => void,
): Queries {
  function routed<T>(made: T): T {
    // Names and lists of values are no promises.
    if (made instanceof Promise) {
      (made as unknown as DriverQuery).handler = handle;
    }
    return made;
  }
  const make = source as unknown as (...args: unknown[]) => unknown;
  const unsafe = source.unsafe as (...args: unknown[]) => unknown;
  const sql = (...args: unknown[]) => routed(make(...args));
  return Object.assign(sql, {
    unsafe: (...args: unknown[]) => routed(unsafe(...args)),
    json: source.json,
  }) as unknown as Queries;
}

/** Sends a query of the pool. */
export function createStatements(turnstile: Turnstile) {
  return (query: DriverQuery): void => {
    // They would keep the connection after their promise is settled.
    if (query.cursorRows !== undefined || query.streaming) {
      query.reject(new TypeError("The pool offers no cursors and no streams"));
    } else turnstile.admit(new Statement(query, turnstile));
  };
}

class Statement implements Task {
  readonly holder = null;
  readonly #query: DriverQuery;
  readonly #turnstile: Turnstile;

  constructor(query: DriverQuery, turnstile: Turnstile) {
    this.#query = query;
    this.#turnstile = turnstile;
  }

  get cancelled(): boolean {
    return Boolean(this.#query.cancelled);
  }

  get sent(): boolean {
    return this.#query.state !== null;
  }

  start(slot: Slot): void {
    const query = this.#query;
    const { resolve, reject } = query;
    query.resolve = (result) => {
      if (opensTransaction(result)) {
        this.#turnstile.lose(slot, new Error("Begin with sql.begin"));
      } else this.#turnstile.release(slot, this);
      resolve(result);
    };
    query.reject = (error) => {
      const outage = outageOf(error);
      if (outage) this.#turnstile.lose(slot, outage);
      else this.#turnstile.release(slot, this);
      reject(outage ?? error);
    };
    slot.drive(query);
  }

  fail(error: Error): void {
    this.#query.reject(error);
  }
}

/** What comes next on the connection would be part of it, and never committed. */
function opensTransaction(result: unknown): boolean {
  const { command } = result as { command?: string };
  if (command !== undefined) return OPENING.has(command);
  return Array.isArray(result) &&
    result.some((one) => OPENING.has(String(one?.command)));
}
const OPENING = new Set(["BEGIN", "START TRANSACTION"]);
