/**
 * The time of a request is over: what it asked of the database ends there, on the
 * server, too, and takes nothing of others with it.
 */
import assert from "node:assert/strict";
import postgres from "postgres";
import { Secret } from "../../lib/config/secret.ts";
import {
  type Database,
  isOutage,
  openDatabase,
} from "../../lib/store/database.ts";
import { apart, apartFor, until } from "../../lib/store/deadline.ts";
import { createPool, type PoolOptions } from "../../lib/store/pool/pool.ts";
import {
  onRealPostgres,
  type TestDatabase,
  throughPooler,
  withDatabase,
} from "../support/database.ts";
import { hasPooler, startPooler } from "../support/pooler.ts";

const server = Deno.env.get("TEST_DATABASE_URL");

/** `other` sees what the server does. */
function withPool(
  options: Partial<PoolOptions>,
  fn: (pool: Database, other: TestDatabase) => Promise<void>,
): Promise<void> {
  return withDatabase(async (other) => {
    await other.sql`create table thing (id int)`;
    const pool = createPool({
      max: 1,
      pooled: false,
      connect: connectTo(other.url),
      ...options,
    });
    try {
      await fn(pool, other);
    } finally {
      await pool.close();
    }
  });
}

function connectTo(url: string): PoolOptions["connect"] {
  return ({ onclose }) =>
    postgres(url, {
      max: 1,
      fetch_types: false,
      onnotice: () => {},
      ...(onclose ? { onclose } : {}),
    });
}

/** The embedded database has one session: nobody waits for a lock of another. */
function onlyReal(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !onRealPostgres, fn });
}

/** Nobody gets at the table while `fn` runs. */
async function locked(
  { url }: TestDatabase,
  fn: () => Promise<void>,
): Promise<void> {
  const holder = await openDatabase({
    url: new Secret(url),
    dataDir: "unused",
    max: 1,
  });
  try {
    await holder.sql.begin(async (sql) => {
      await sql`lock table thing in access exclusive mode`;
      await fn();
    });
  } finally {
    await holder.close();
  }
}

/** How many others of this database are at a statement like this. */
async function atIt({ sql }: Database, like: string): Promise<number> {
  return (await sql`
    select 1 from pg_stat_activity where datname = current_database()
      and state = 'active' and pid <> pg_backend_pid()
      and query like ${like}`).length;
}

async function once(there: () => Promise<boolean>): Promise<void> {
  const late = Date.now() + 30_000;
  while (!await there()) {
    if (Date.now() > late) throw new Error("It does not come");
    await new Promise((go) => setTimeout(go, 5));
  }
}

const isOver = (error: unknown) => isOutage(error) && /time/.test(`${error}`);

onlyReal(
  "A statement that waits for a lock ends on the server, and its connection is free",
  () =>
    withPool({}, (pool, other) =>
      locked(other, async () => {
        const limit = new AbortController();
        const reading = until(
          limit.signal,
          () => pool.sql`select * from thing`.execute(),
        );
        const refused = assert.rejects(reading, isOver);
        const waits = async () => await atIt(other, "%from thing%") > 0;
        await once(waits);
        limit.abort();
        await refused;
        assert.deepEqual([...await pool.sql`select 1 as one`], [{ one: 1 }]);
        await once(async () => !await waits());
      })),
);

onlyReal(
  "A transaction that waits for a lock is rolled back, and asks nothing more",
  () =>
    withPool({}, async (pool, other) => {
      const limit = new AbortController();
      let further: unknown;
      await pool.sql`create table note (id int)`;
      await locked(other, async () => {
        const writing = until(limit.signal, () =>
          pool.sql.begin(async (sql) => {
            await sql`insert into note values (1)`;
            // Several at once: the server is at the first of them.
            await Promise.all([
              sql`insert into thing values (1)`,
              sql`insert into thing values (2)`,
            ]).catch(() => {});
            further = await sql`insert into note values (2)`
              .catch((error) => error);
          }));
        const refused = assert.rejects(writing, isOver);
        const waits = async () => await atIt(other, "%into thing%") > 0;
        await once(waits);
        limit.abort();
        await refused;
        await once(async () => !await waits());
        await once(() => Promise.resolve(further !== undefined));
        assert.ok(isOutage(further));
      });
      assert.equal((await pool.sql`select from note`).length, 0);
      assert.equal((await pool.sql`select from thing`).length, 0);
    }),
);

Deno.test("Who waits for a connection leaves the line when the time is over", () =>
  withPool({}, async ({ sql, health }) => {
    const go = Promise.withResolvers<void>();
    const holding = sql.begin(() => go.promise);
    const limit = new AbortController();
    const refused = until(limit.signal, () => [
      assert.rejects(sql`insert into thing values (1)`, isOver),
      assert.rejects(sql.begin((sql) => sql`select 1`), isOver),
    ]);
    await once(() => Promise.resolve(health().waiting === 2));
    limit.abort();
    await Promise.all(refused);
    assert.equal(health().waiting, 0);
    go.resolve();
    await holding;
    assert.equal((await sql`select from thing`).length, 0);
  }));

Deno.test("What is asked when the time is over is never sent", () =>
  withPool({}, async ({ sql }) => {
    await until(AbortSignal.abort(), async () => {
      await assert.rejects(sql`insert into thing values (1)`, isOver);
      await assert.rejects(
        sql.begin((sql) => sql`insert into thing values (2)`),
        isOver,
      );
    });
    assert.equal((await sql`select from thing`).length, 0);
  }));

Deno.test("What is done apart goes on, whoever began it", () =>
  withPool({}, async ({ sql }) => {
    const limit = new AbortController();
    const go = Promise.withResolvers<void>();
    const shared = until(limit.signal, () =>
      apart(async () => {
        await go.promise;
        return await sql`select 1 as one`;
      }));
    limit.abort();
    go.resolve();
    assert.deepEqual([...await shared], [{ one: 1 }]);
  }));

Deno.test("The inner of two limits ends the work, and so does the outer", () =>
  withPool({}, async ({ sql }) => {
    for (const which of [0, 1]) {
      const limits = [new AbortController(), new AbortController()];
      const [outer, inner] = limits;
      const go = Promise.withResolvers<void>();
      const work = until(
        outer?.signal as AbortSignal,
        () =>
          until(inner?.signal as AbortSignal, async () => {
            await go.promise;
            await sql`select 1`;
          }),
      );
      limits[which]?.abort();
      go.resolve();
      await assert.rejects(work, isOver);
    }
  }));

onlyReal(
  "A pool may allow each statement and transaction a time of its own",
  () =>
    withPool({ limits: { runMs: 50 } }, async ({ sql }, other) => {
      await assert.rejects(sql`select pg_sleep(60)`, /more than 50 ms/);
      await assert.rejects(
        sql.begin((sql) => sql`select pg_sleep(60)`),
        /more than 50 ms/,
      );
      await once(async () => await atIt(other, "%pg_sleep%") === 0);
      await once(() => sql`select 1`.then(() => true, () => false));
    }),
);

onlyReal(
  "Who is in time hears nothing of those who are not",
  () =>
    withPool({ max: 3 }, async ({ sql }) => {
      let ended = 0;
      await Promise.all(
        Array.from({ length: 40 }, async (_, person) => {
          for (let turn = 0; turn < 10; turn++) {
            const sleep = () => sql`select pg_sleep(0.002) as in_time`;
            if ((person + turn) % 3 > 0) await sleep();
            else {
              await apartFor(4, async () => await sleep())
                .catch((error) => {
                  assert.ok(isOver(error), String(error));
                  ended += 1;
                });
            }
          }
        }),
      );
      assert.ok(ended > 0);
    }),
);

onlyReal(
  "A server that cannot be told keeps the connection no longer than a moment",
  () =>
    withDatabase(async ({ url }) => {
      const wire = openWire(new URL(url));
      const far = new URL(url);
      far.port = String(wire.port);
      const pool = createPool({
        max: 1,
        pooled: false,
        limits: { cutMs: 50 },
        connect: connectTo(far.href),
      });
      await pool.sql`select 1`;
      wire.freeze();
      await assert.rejects(
        apartFor(20, async () => await pool.sql`select 1`),
        isOver,
      );
      wire.thaw();
      assert.deepEqual([...await pool.sql`select 1 as one`], [{ one: 1 }]);
      await pool.close();
      await wire.close();
    }),
);

Deno.test({
  name:
    "Through a transaction pooler it ends on the server, too, and harms nobody",
  ignore: !server || !hasPooler || throughPooler,
  fn: () =>
    withDatabase(async (other) => {
      const pooler = await startPooler(server ?? "", { transactions: 2 });
      const far = new URL(other.url);
      far.port = String(pooler.port);
      const { sql, close } = await openDatabase({
        url: new Secret(far.href),
        dataDir: "unused",
        max: 4,
      });
      const sleep = (seconds: number) => sql`select pg_sleep(${seconds})`;
      await Promise.all(Array.from({ length: 12 }, async (_, turn) => {
        if (turn % 2 === 0) return await sleep(0.01);
        await assert.rejects(
          apartFor(100, async () => await sleep(60)),
          isOver,
        );
      }));
      await once(async () => await atIt(other, "%pg_sleep%") === 0);
      await close();
      await pooler.stop();
    }),
});

/** A wire to the server that can stand still without breaking. */
function openWire({ hostname, port }: URL) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const conns = new Set<Deno.Conn>();
  let moving = Promise.resolve();
  let thaw = () => {};
  async function carry(from: Deno.Conn, to: Deno.Conn) {
    const chunk = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const size = await from.read(chunk);
        if (size === null) break;
        await moving;
        await to.write(chunk.slice(0, size));
      }
    } catch {
      // One side hung up.
    }
    for (const conn of [from, to]) {
      if (conns.delete(conn)) conn.close();
    }
  }
  const accepting = (async () => {
    const carrying: Promise<void>[] = [];
    for await (const near of listener) {
      const far = await Deno.connect({ hostname, port: Number(port) });
      conns.add(near).add(far);
      carrying.push(carry(near, far), carry(far, near));
    }
    await Promise.all(carrying);
  })();
  return {
    port: listener.addr.port,
    freeze: () => void (moving = new Promise((go) => thaw = go)),
    thaw: () => thaw(),
    async close() {
      listener.close();
      for (const conn of conns) conn.close();
      conns.clear();
      await accepting;
    },
  };
}
