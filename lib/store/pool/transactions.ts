/**
 * Transactions, each on a connection of its own. When that breaks, postgres.js
 * 3.4.9 rejects the transaction at once, but would still write to the connection:
 * `rollback`, `commit`, and whatever the work asks next (its issues 1066, 1154 and
 * 1208). Such a write fails outside of every promise and ends the process. So the
 * end of the work is withheld then, and its further queries are rejected here.
 */
import { limitNow } from "../deadline.ts";
import { OutageError, outageOf, overdue } from "../errors.ts";
import type { DriverTransaction, Sql, TransactionSql } from "../sql.ts";
import { announce } from "./announce.ts";
import { cancel, type DriverQuery, letGo, type Slot } from "./slot.ts";
import { queriesOf } from "./statements.ts";
import type { Holder, Task } from "./task.ts";
import type { Turnstile } from "./turnstile.ts";

type Work = (sql: TransactionSql) => unknown;

/**
 * `greet` is said first in each transaction, for a pooler that takes no settings
 * when a connection starts; null without one.
 */
export function createTransactions(
  turnstile: Turnstile,
  greet: () => string | null,
): Sql["begin"] {
  async function begin(options: string, asked: Work): Promise<unknown> {
    // The driver's functions keep what is in here, as with `letGo`.
    let work: Work | null = asked;
    if (limitNow()?.aborted) throw overdue();
    const task = new Transaction();
    const begun = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    announce(() => "begin", begun.promise);
    const end = () => announce(() => "commit or rollback", ended.promise);
    turnstile.admit(task);
    const slot = await task.admitted.catch((error) => {
      begun.resolve();
      throw error;
    });
    const lose = (error: Error) => turnstile.lose(slot, error);
    try {
      const done = slot.begin(options, (driver) => {
        task.sent = true;
        if (task.over || !work) throw over();
        begun.resolve();
        const greeting = greet();
        // Goes out together with the first statement of the work.
        if (greeting) driver.unsafe(greeting).execute();
        return turnstile.within(
          task,
          () => finish(driver, work ?? over, task, lose).finally(end),
        );
      });
      return await Promise.race([done, task.broken]);
    } catch (error) {
      const outage = outageOf(error);
      if (outage) lose(outage);
      throw outage ?? error;
    } finally {
      work = null;
      task.over = true;
      turnstile.release(slot, task);
      begun.resolve();
      ended.resolve();
    }
  }

  return ((first: string | Work, second?: Work) =>
    typeof first === "string"
      ? begin(first, second as Work)
      : begin("", first)) as Sql["begin"];
}

/** Does the work, and never ends when there is nothing to commit any more. */
async function finish(
  driver: DriverTransaction,
  work: Work,
  task: Transaction,
  lose: (error: Error) => void,
): Promise<unknown> {
  try {
    const answer = work(transactionOf(driver, task, lose));
    // Queries in a list run when it is waited for, as with the driver alone.
    const result = await (Array.isArray(answer) ? Promise.all(answer) : answer);
    if (!task.over) return result;
  } catch (error) {
    if (!task.over) {
      const outage = outageOf(error);
      if (!outage) throw error;
      lose(outage);
    }
  }
  return await new Promise<never>(() => {});
}

function transactionOf(
  driver: DriverTransaction,
  task: Transaction,
  lose: (error: Error) => void,
): TransactionSql {
  const handle = (driver.unsafe("") as unknown as DriverQuery).handler;
  const queries = queriesOf(driver, (query) => {
    if (task.over) return query.reject(over());
    task.asked.add(query);
    const answered = () => {
      task.asked.delete(query);
      letGo(query);
    };
    query.then(answered, answered);
    handle(query);
  });
  const savepoint = (first: string | Work, second?: Work) => {
    if (task.over) return Promise.reject(over());
    const [name, work] = typeof first === "string"
      ? [first, second as Work]
      : ["", first];
    return driver.savepoint(
      name,
      (inner) => finish(inner, work, task, lose),
    );
  };
  return Object.assign(queries, { savepoint }) as TransactionSql;
}

function over(): OutageError {
  return new OutageError("CONNECTION_CLOSED", "The transaction is over");
}

class Transaction implements Task, Holder {
  readonly cancelled = false;
  readonly holder = this;
  readonly limit = limitNow();
  /** Statements without an answer. */
  readonly asked = new Set<DriverQuery>();
  sent = false;
  over = false;
  outside = 0;
  readonly #admitted = Promise.withResolvers<Slot>();
  readonly #broken = Promise.withResolvers<never>();

  constructor() {
    // Whoever waits for the connection alone does not wait for this.
    this.#broken.promise.catch(() => {});
  }

  get admitted(): Promise<Slot> {
    return this.#admitted.promise;
  }

  get broken(): Promise<never> {
    return this.#broken.promise;
  }

  start(slot: Slot): void {
    this.#admitted.resolve(slot);
  }

  fail(error: Error): void {
    this.over = true;
    this.#admitted.reject(error);
    this.#broken.reject(error);
  }

  /** A transaction that asks nothing is rolled back as soon as it is hung up on. */
  async stop(): Promise<void> {
    const active = [...this.asked].find((query) => query.active);
    if (active) await cancel(active);
  }
}
