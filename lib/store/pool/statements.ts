/**
 * The pool's `sql`: the driver makes the query, the turnstile decides when it is
 * sent, and on which connection. A query is sent when somebody wants its answer,
 * as with the driver alone; parts of other queries never are.
 */
import { Stream } from "node:stream";
import { limitNow } from "../deadline.ts";
import { outageOf, overdue } from "../errors.ts";
import type { DriverSql, DriverTransaction, Queries } from "../sql.ts";
import { announce } from "./announce.ts";
import { cancel, type DriverQuery, letGo, type Slot } from "./slot.ts";
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
      (made as unknown as DriverQuery).handler = announced;
    }
    return made;
  }
  function announced(query: DriverQuery): void {
    announce(() => query.strings.join("?"), query);
    handle(query);
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
    // Given up before anybody asked for the answer: the driver never settles it.
    if (query.cancelled) return;
    // They would keep the connection after their promise is settled.
    if (query.cursorRows !== undefined || query.streaming) {
      query.reject(new TypeError("The pool offers no cursors and no streams"));
    } else if (limitNow()?.aborted) query.reject(overdue());
    else turnstile.admit(new Statement(query, turnstile));
  };
}

class Statement implements Task {
  readonly holder = null;
  readonly limit = limitNow();
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
    // Not written into the property at once: see `letGo`.
    const answered = (result: unknown) => {
      const refused = whyRefused(result);
      if (refused) this.#turnstile.lose(slot, refused);
      else this.#turnstile.release(slot, this);
      resolve(result);
      letGo(query);
    };
    const failed = (error: unknown) => {
      const outage = outageOf(error);
      const left = mayHang(query) && error instanceof Error ? error : null;
      const lost = outage ?? left;
      if (lost) this.#turnstile.lose(slot, lost);
      else this.#turnstile.release(slot, this);
      reject(outage ?? error);
    };
    Object.assign(query, { resolve: answered, reject: failed });
    slot.drive(query);
  }

  fail(error: Error): void {
    this.#query.reject(error);
  }

  stop(): Promise<void> {
    return cancel(this.#query);
  }
}

/** The connection is not free after this answer; null: it is. */
function whyRefused(result: unknown): Error | null {
  // Of `copy`: what it sends or takes comes after the answer.
  if (result instanceof Stream) {
    result.on("error", () => {});
    return new TypeError("The pool offers no streams");
  }
  return opensTransaction(result) ? new Error("Begin with sql.begin") : null;
}

/** What comes next on the connection would be part of it, and never committed. */
function opensTransaction(result: unknown): boolean {
  const { command } = result as { command?: string };
  if (command !== undefined) return OPENING.has(command);
  return Array.isArray(result) &&
    result.some((one) => OPENING.has(String(one?.command)));
}
const OPENING = new Set(["BEGIN", "START TRANSACTION"]);

/**
 * Of several statements in one text the first may have opened a transaction
 * before another failed; who came next would be told that it was aborted.
 */
function mayHang({ strings }: DriverQuery): boolean {
  return /\b(begin|start)\b/i.test(strings[0] ?? "");
}
