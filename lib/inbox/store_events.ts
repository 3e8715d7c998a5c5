/**
 * Stores events. Those that arrive while an insert is under way go with the
 * next one, all in one statement: however many come at the same time, an answer
 * waits for two statements at most, even on the one session of an embedded
 * database. What could not be stored is tried again as long as WeCom waits.
 */
import { type Sql, sqlState } from "../store/database.ts";
import { apartFor } from "../store/deadline.ts";
import type { Vault } from "../store/vault.ts";
import type { CallbackEvent } from "../wecom/callback/event.ts";
import type { Fields } from "../wecom/callback/xml.ts";
import { dedupeKey, isRepeatable, READY_MS, subjectOf } from "./dedupe.ts";
import type { Seats } from "./hold.ts";
import { insertEvents, type NewEvent, repeatEvents } from "./insert_events.ts";
import { keepCodes, sealCode, withoutCode } from "./welcome_code.ts";
import { pause, type Sleep, within } from "./within.ts";

/**
 * WeCom hangs up after 5 s (90930). An event that takes longer than this to
 * store is answered as failed, and sent again; it is the same event then.
 */
export const STORE_MS = 4_500;

/**
 * A statement that hangs does not hold up others: the next one takes another
 * connection.
 */
const PATIENCE_MS = 1_500;
/** Between two tries. */
const PAUSE_MS = 250;

/** Rows of one statement. */
const MOST = 200;

/**
 * `arrivedAt` is when the request came, ms since epoch. false: the event was
 * stored before and there is nothing to do. Rejects when it could not be stored
 * within 4.5 s, or sooner if another try cannot help.
 */
export type StoreEvent = (
  fields: Fields,
  event: CallbackEvent,
  arrivedAt?: number,
) => Promise<boolean>;

interface Waiting extends PromiseWithResolvers<boolean> {
  row: NewEvent;
  /** A try failed, and this event has a seat to wait for another. */
  seated: boolean;
}

export function createEventStore(deps: {
  sql: Sql;
  vault: Vault;
  now: () => number;
  sleep: Sleep;
  seats: Seats;
}): StoreEvent {
  const { sql, vault, now, sleep, seats } = deps;
  let waiting: Waiting[] = [];
  let writing = false;
  /** The last statement failed: events that come now need a seat to wait. */
  let failing = false;
  /** Events whose request is still open. */
  const asked = new Set<Waiting>();

  seats.stopped.addEventListener("abort", () => {
    for (const one of asked) if (one.seated) one.reject(stopping());
  }, { once: true });

  async function writeAll(): Promise<void> {
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MOST);
      waiting = waiting.slice(MOST);
      await within(insist(batch), PATIENCE_MS, sleep);
    }
    writing = false;
  }

  /** Tries until all are stored, or no request is open any more. */
  async function insist(events: readonly Waiting[]): Promise<void> {
    let left = events;
    for (;;) {
      // Nobody waits for it any longer: then it leaves its connection.
      const batch = left;
      const writing = apartFor(STORE_MS, () => write(batch));
      const failed = await within(writing, PATIENCE_MS, sleep);
      if (failed === null) return;
      const error = failed === "late" ? tooLong() : failed.error;
      if (failed !== "late") {
        failing = true;
        waiting = waiting.filter((one) =>
          asked.has(one) && mayWait(one, error)
        );
      }
      left = left.filter((one) => asked.has(one) && mayWait(one, error));
      if (left.length === 0) return;
      if (failed !== "late") await pause(sleep, PAUSE_MS, seats.stopped);
    }
  }

  /** Whether the event may wait for another try; if not, it fails now. */
  function mayWait(one: Waiting, error: unknown): boolean {
    one.seated ||= seats.take();
    if (one.seated && !seats.stopped.aborted) return true;
    one.reject(error);
    return false;
  }

  /**
   * Answers the error, if the events may be tried again; null when all are
   * done.
   */
  async function write(
    batch: readonly Waiting[],
  ): Promise<{ error: unknown } | null> {
    try {
      const rows = batch.map((one) => one.row);
      await keepCodes(sql, rows.flatMap(({ welcome }) => welcome ?? []));
      const fresh = await insertEvents(sql, rows);
      const again = rows.filter((row) => row.repeatable && !fresh.has(row.key));
      if (again.length > 0) {
        for (const key of await repeatEvents(sql, again)) fresh.add(key);
      }
      failing = false;
      // Of two equal events only the first one is new. After a try that broke
      // off, nobody knows whether it had stored the event, so it counts as new.
      for (const one of batch) {
        one.resolve(fresh.delete(one.row.key) || one.seated);
      }
      return null;
    } catch (error) {
      if (!isRefused(error)) return { error };
      // A row that the database refuses must not make the others fail.
      if (batch.length === 1) { for (const one of batch) one.reject(error); }
      else for (const one of batch) await write([one]);
      return null;
    }
  }

  return async (fields, event, arrivedAt = now()) => {
    const one: Waiting = {
      ...Promise.withResolvers<boolean>(),
      row: rowOf(vault, fields, event, arrivedAt),
      seated: false,
    };
    if (failing && !seats.take()) throw new Error("Too many events wait");
    one.seated = failing;
    asked.add(one);
    waiting.push(one);
    if (!writing) void writeAll();
    one.promise.catch(() => {});
    try {
      const left = Math.max(0, STORE_MS - (now() - arrivedAt));
      const stored = await within(one.promise, left, sleep);
      if (stored === "late") throw tooLong();
      return stored;
    } finally {
      asked.delete(one);
      if (one.seated) seats.leave();
    }
  };
}

function rowOf(
  vault: Vault,
  fields: Fields,
  event: CallbackEvent,
  arrivedAt: number,
): NewEvent {
  const key = dedupeKey(fields, arrivedAt);
  return {
    key,
    welcome: event.kind === "contact"
      ? sealCode(vault, key, event, fields, arrivedAt)
      : null,
    subject: subjectOf(event),
    fields: JSON.stringify(withoutCode(fields)),
    receivedAt: new Date(arrivedAt).toISOString(),
    readyAt: new Date(arrivedAt + READY_MS[event.kind]).toISOString(),
    repeatable: isRepeatable(event),
  };
}

const tooLong = () => new Error("The inbox takes too long");
const stopping = () => new Error("The inbox is stopping");

/** The error is about a row: its data, or a constraint. */
function isRefused(error: unknown): boolean {
  return /^2[23]/.test(sqlState(error) ?? "");
}
