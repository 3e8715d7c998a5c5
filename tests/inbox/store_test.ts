/** Storing when the database is slow, away, or will not have a row. */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/mod.ts";
import { createSeats, type Seats } from "../../lib/inbox/hold.ts";
import {
  createEventStore,
  type StoreEvent,
} from "../../lib/inbox/store_events.ts";
import {
  insertEvents,
  type NewEvent,
  repeatEvents,
} from "../../lib/inbox/insert_events.ts";
import type { Sql } from "../../lib/store/database.ts";
import { createVault } from "../../lib/store/vault.ts";
import { onRealPostgres, withDatabase } from "../support/database.ts";
import { createTimers, type Timers } from "./timers.ts";

/** What stands between the inbox and the database; nothing at first. */
interface Between {
  statements: number;
  /** Done before each statement. */
  before(): Promise<void>;
}

interface Scene {
  store: StoreEvent;
  between: Between;
  sql: Sql;
  timers: Timers;
  seats: Seats;
  /** The process is told to end. */
  stop(): void;
}

const START = 1795147200_000;

async function withStore(
  fn: (scene: Scene) => Promise<void>,
  most?: number,
): Promise<void> {
  await withDatabase(async ({ sql }) => {
    const between: Between = { statements: 0, before: () => Promise.resolve() };
    const watched = new Proxy(sql, {
      async apply(target, self, args) {
        between.statements++;
        await between.before();
        return await Reflect.apply(target, self, args);
      },
    });
    const timers = createTimers(START);
    const stopping = new AbortController();
    const seats = createSeats(stopping.signal, most);
    const vault = createVault(new Secret("k".repeat(32)));
    const store = createEventStore({ sql: watched, vault, seats, ...timers });
    const stop = () => stopping.abort();
    await fn({ store, between, sql, timers, seats, stop });
  });
}

function keep(
  store: StoreEvent,
  nth: number,
  more: Record<string, string> = {},
) {
  const externalUserId = `wm${nth}`;
  return store({ ...more, Event: "change_external_contact", Nth: `${nth}` }, {
    kind: "contact",
    change: "add_external_contact",
    at: START,
    wxUserId: "d1",
    externalUserId,
    state: null,
    source: null,
    failReason: null,
  });
}

async function stored(sql: Sql): Promise<[events: number, tasks: number]> {
  const [row] = await sql<{ events: number; tasks: number }[]>`
    select (select count(*)::int from inbox_event) as events,
      (select count(*)::int from inbox_task) as tasks`;
  return [row?.events ?? -1, row?.tasks ?? -1];
}

const many = (store: StoreEvent, count: number) =>
  Promise.allSettled(Array.from({ length: count }, (_, n) => keep(store, n)));

const here = () => Promise.resolve();
const away = () => Promise.reject(new Error("away"));

/** Time passes until this is settled. */
async function passing<T>(timers: Timers, work: Promise<T>): Promise<T> {
  let over = false;
  const settled = work.finally(() => over = true);
  settled.catch(() => {});
  // What asks the real database needs real time, too.
  while (!over) await timers.pass(20);
  return await settled;
}

Deno.test("what comes while the database is away for a moment is stored when it is back, in few statements", async () => {
  await withStore(async ({ store, between, sql, timers, seats }) => {
    between.before = away;
    const all = many(store, 50);
    await timers.pass(2_000);
    assert.ok(between.statements < 30, `${between.statements} for 50 events`);
    between.before = here;
    const taken = await passing(timers, all);
    assert.ok(taken.every((one) => one.status === "fulfilled" && one.value));
    assert.deepEqual(await stored(sql), [50, 50]);
    assert.equal(seats.taken, 0);
  });
});

Deno.test("what is not stored within 4.5 s has failed, and is new when it comes again", async () => {
  await withStore(async ({ store, between, sql, timers, seats }) => {
    between.before = away;
    let failed = 0;
    const all = many(store, 3);
    const first = keep(store, 4).catch(() => failed++);
    await timers.pass(4_400);
    assert.equal(failed, 0, "WeCom still waits");
    await timers.pass(200);
    await first;
    assert.ok((await all).every((one) => one.status === "rejected"));
    assert.equal(seats.taken, 0);
    await timers.pass(5_000);
    const tries = between.statements;
    await timers.pass(5_000);
    assert.equal(between.statements, tries, "nobody waits, nobody tries");

    between.before = here;
    assert.equal(await passing(timers, keep(store, 0)), true);
    assert.deepEqual(await stored(sql), [1, 1]);
  });
});

Deno.test("the time that a request has used up before counts", async () => {
  await withStore(async ({ store, between, timers }) => {
    between.before = away;
    const event = {
      kind: "app",
      change: "low_active",
      effectAt: null,
    } as const;
    let failed = false;
    const late = store(
      { Event: "low_active" },
      { ...event, at: START },
      START - 3_000,
    )
      .catch(() => failed = true);
    await timers.pass(1_400);
    assert.equal(failed, false);
    await timers.pass(200);
    assert.equal(await late, true);
  });
});

Deno.test("only so many wait for another try; the others have failed at once, and so have all at a stop", async () => {
  await withStore(async ({ store, between, timers, seats, stop }) => {
    between.before = away;
    const settled = { fulfilled: 0, rejected: 0 };
    const all = Array.from({ length: 8 }, (_, n) =>
      keep(store, n).then(
        () => settled.fulfilled++,
        () => settled.rejected++,
      ));
    await timers.pass(100);
    assert.deepEqual(settled, { fulfilled: 0, rejected: 3 });
    assert.equal(seats.taken, 5);
    await assert.rejects(keep(store, 10), /Too many/);
    stop();
    await timers.pass(0);
    assert.deepEqual(settled, { fulfilled: 0, rejected: 8 });
    await Promise.all(all);
    assert.equal(seats.taken, 0);
    await assert.rejects(passing(timers, keep(store, 9)));
  }, 5);
});

Deno.test("an event that the database refuses does not take the others with it", async () => {
  await withStore(async ({ store, sql, timers }) => {
    const all = Promise.allSettled([
      keep(store, 0),
      ...Array.from(
        { length: 20 },
        (_, nth) => keep(store, nth + 1, nth === 7 ? { Said: "\0" } : {}),
      ),
    ]);
    assert.deepEqual(
      (await passing(timers, all)).flatMap((one, nth) =>
        one.status === "rejected" ? [nth] : []
      ),
      [8],
    );
    assert.deepEqual(await stored(sql), [20, 20]);
  });
});

Deno.test("a statement that hangs does not hold up what comes after, and is tried on another connection", async () => {
  await withStore(async ({ store, between, sql, timers }) => {
    let release = () => {};
    const hangs = new Promise<void>((done) => release = done);
    between.before = () => {
      between.before = here;
      return hangs;
    };
    const first = keep(store, 1);
    await timers.pass(500);
    const next = keep(store, 2);
    assert.deepEqual(await passing(timers, Promise.all([first, next])), [
      true,
      true,
    ]);
    assert.ok(timers.now() < START + 3_000, `${timers.now() - START} ms`);
    release();
    assert.equal(await passing(timers, keep(store, 3)), true);
    assert.deepEqual(await stored(sql), [3, 3]);
  });
});

Deno.test({
  name:
    "what comes again does not lock two groups in another order than what is new",
  // The embedded database has one session only.
  ignore: !onRealPostgres,
  async fn() {
    await withDatabase(async ({ sql }) => {
      const [a, b] = ["chat/a", "chat/b"].map((subject): NewEvent => ({
        key: subject,
        subject,
        fields: "{}",
        welcome: null,
        receivedAt: new Date(1795147200_000).toISOString(),
        readyAt: new Date(1795147202_000).toISOString(),
        repeatable: true,
      }));
      assert.ok(a && b);
      await insertEvents(sql, [a, b]);
      // Of one the task is over, of the other it is not.
      await sql`update inbox_event set settled_at = received_at
        where subject = ${a.subject}`;
      await sql`delete from inbox_task where subject = ${a.subject}`;
      const [woken] = await sql.begin(async (other) => {
        await other`
          insert into inbox_task (subject, due_at) values (${a.subject}, now())`;
        const repeating = repeatEvents(sql, [b, a]);
        repeating.catch(() => {});
        for (let blocked = 0; blocked === 0;) {
          blocked = (await sql`
            select 1 from pg_locks where not granted`).length;
        }
        await other`
          update inbox_task set due_at = now() where subject = ${b.subject}`;
        return [repeating] as const;
      });
      assert.deepEqual(await woken, new Set([a.key]));
    });
  },
});
