/**
 * Takes events in. What arrives while an insert is under way goes with the next
 * one, all in one statement: in a storm the answers wait for two statements at
 * most, however many come at once, even on the one session of an embedded
 * database.
 */
import { type Sql, sqlState } from "../store/database.ts";
import { briefly } from "../http/briefly.ts";
import type { CallbackEvent } from "../wecom/callback/event.ts";
import type { Fields } from "../wecom/callback/xml.ts";
import { dedupeKey, isRepeatable, READY_MS, subjectOf } from "./dedupe.ts";
import { insert, repeat, type Row } from "./insert.ts";

/**
 * WeCom hangs up after 5 s (90930). What is stored later than this is told as
 * failed and sent again, and is the same event then.
 */
const ANSWER_MS = 4_000;

/** Something about a row: data, or a constraint. */
function isRefused(error: unknown): boolean {
  return /^2[23]/.test(sqlState(error) ?? "");
}

/** Rows of one statement. */
const MOST = 200;

/** false: it was there and brings no work. Rejects when it could not be stored. */
export type Store = (fields: Fields, event: CallbackEvent) => Promise<boolean>;

interface Waiting extends PromiseWithResolvers<boolean> {
  row: Row;
}

export function createStore(deps: { sql: Sql; now: () => number }): Store {
  const { sql, now } = deps;
  let waiting: Waiting[] = [];
  let writing = false;

  async function writeAll(): Promise<void> {
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MOST);
      waiting = waiting.slice(MOST);
      // One that hangs has failed by then; the next takes another connection.
      await briefly(write(batch), ANSWER_MS);
    }
    writing = false;
  }

  async function write(batch: readonly Waiting[]): Promise<void> {
    try {
      const fresh = await insert(sql, batch.map((one) => one.row));
      const again = batch.map((one) => one.row).filter((row) =>
        row.repeatable && !fresh.has(row.key)
      );
      if (again.length > 0) {
        for (const key of await repeat(sql, again)) fresh.add(key);
      }
      // Of two that are the same, the first is the one that is new.
      for (const one of batch) one.resolve(fresh.delete(one.row.key));
    } catch (error) {
      // One that the database refuses must not take the others with it; one that
      // is out of reach would only let each of them wait for the same.
      if (batch.length > 1 && isRefused(error)) {
        for (const one of batch) await write([one]);
      } else for (const one of batch) one.reject(error);
    }
  }

  return async (fields, event) => {
    const { WelcomeCode: _secret, ...kept } = fields;
    const arrival = now();
    const one = {
      ...Promise.withResolvers<boolean>(),
      row: {
        key: dedupeKey(fields),
        subject: subjectOf(event),
        fields: JSON.stringify(kept),
        receivedAt: new Date(arrival).toISOString(),
        readyAt: new Date(arrival + READY_MS[event.kind]).toISOString(),
        repeatable: isRepeatable(event),
      },
    };
    waiting.push(one);
    if (!writing) void writeAll();
    one.promise.catch(() => {});
    const stored = await briefly(one.promise, ANSWER_MS);
    if (stored === "late") throw new Error("The inbox takes too long");
    return stored;
  };
}
