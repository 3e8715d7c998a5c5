/**
 * One connection to the database: a driver of its own that never has a second
 * one. postgres.js 3.4.9 keeps a connection object after its socket broke and
 * gives it out again, though its write timer may be cleared without being
 * forgotten (`src/connection.js` 427, 440: it then never says hello), and though a
 * query given to it between `error` and `close` of the socket is never settled
 * (453). So a connection that broke is thrown away with its driver.
 */
import type { DriverSql } from "../sql.ts";

/** The private side of the driver's queries: 3.4.9 is pinned for it. */
export interface DriverQuery extends Promise<unknown> {
  /** Called with the query when somebody wants its answer. */
  handler: (query: DriverQuery) => void;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
  /** The connection that it was given to. */
  readonly state: object | null;
  /** It is this one that the server is at. */
  readonly active: boolean;
  /** Sends a request to cancel, on a connection of its own. */
  readonly canceller: ((query: DriverQuery) => Promise<void>) | null;
  readonly cancelled: unknown;
  /** Its text, around the parameters. */
  readonly strings: readonly string[];
  /** As they were given, and as they are sent. */
  args: unknown[];
  parameters?: unknown[];
  readonly cursorRows?: number;
  readonly streaming?: boolean;
}

export interface Slot {
  /** Gives the connection a query; nothing else may be under way on it. */
  drive(query: DriverQuery): void;
  begin: DriverSql["begin"];
  readonly bornAt: number;
  idleSince: number;
  /** Something was answered on it. */
  used: boolean;
  /** Nothing is given to it any more, whatever the driver says. */
  ended: boolean;
  /** Hangs up when it is quiet, or after so many seconds. */
  end(seconds: number): Promise<void>;
}

/** `onBroken` is called when it breaks off, not when it is ended. */
export function openSlot(
  connect: (onclose: () => void) => DriverSql,
  onBroken: (slot: Slot) => void,
): Slot {
  const sql = connect(() => {
    if (!slot.ended) onBroken(slot);
  });
  const slot: Slot = {
    drive: handlerOf(sql),
    begin: sql.begin,
    bornAt: performance.now(),
    idleSince: 0,
    used: false,
    ended: false,
    end(seconds) {
      slot.ended = true;
      return sql.end({ timeout: seconds });
    },
  };
  return slot;
}

/**
 * Tells the server to stop what it does on the connection of this query. Its
 * answer to the request is to hang up, as soon as it has told the other process
 * (protocol 55.2.8). Nothing else may use the connection afterwards: the request
 * may reach what comes next. Never rejects.
 */
export async function cancel(query: DriverQuery): Promise<void> {
  if (!query.active) return;
  try {
    await query.canceller?.(query);
  } catch {
    // Who cannot be told is hung up on.
  }
}

/**
 * Drops what an answered query was asked with. V8 makes a function that is written
 * into a property in the old generation at once, and each query has two, which hold
 * it until the next full collection: of 20,000 contacts, 100 MB of pages.
 */
export function letGo(query: DriverQuery): void {
  query.args = [];
  query.parameters = [];
}

/** What the driver does with its queries. Throws when it is another driver. */
export function handlerOf(sql: DriverSql): DriverQuery["handler"] {
  const query = sql`` as unknown as Partial<DriverQuery>;
  if (
    typeof query.handler !== "function" || typeof query.reject !== "function"
  ) {
    throw new TypeError("The pool is made for postgres.js 3.4.9");
  }
  return query.handler;
}
