/**
 * A real hot standby behind a real primary: what it answers, and that nobody
 * notices when it is away, behind, or in the way of its own replay.
 */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/secret.ts";
import {
  openDatabase,
  openForSearches,
  openReplica,
} from "../../lib/store/database.ts";
import type { Queries } from "../../lib/store/database.ts";
import { apartFor } from "../../lib/store/deadline.ts";
import { isTooLong, sqlState } from "../../lib/store/errors.ts";
import { followChanges } from "../../lib/store/own_changes.ts";
import {
  createReplica,
  type Replica,
  type ReplicaDeps,
} from "../../lib/store/replica.ts";
import { MOST_LAG_MS } from "../../lib/store/replica_lag.ts";
import { hasPooler, startPooler } from "../support/pooler.ts";
import {
  hasStandby,
  type Pair,
  until,
  withStandby,
} from "../support/standby.ts";
import { type Cluster, freePort } from "../storm/cluster.ts";

interface Asked {
  replica: Replica;
  /** Hours, or what else has gone by. */
  later(ms: number): void;
  logged: string[];
}

/** A loaded machine is slow by itself. */
const PATIENT: Pick<ReplicaDeps, "silentMs" | "lookMs"> = {
  silentMs: 60_000,
  lookMs: 60_000,
};

async function withReplica(
  { primary, standby }: Pick<Pair, "primary" | "standby">,
  fn: (asked: Asked) => Promise<void>,
  { address = standby.url, patience = PATIENT }: {
    address?: string;
    patience?: typeof PATIENT;
  } = {},
): Promise<void> {
  const searches = openForSearches(new Secret(primary.url));
  assert.ok(searches);
  let ahead = 0;
  const logged: string[] = [];
  const replica = createReplica({
    ...openReplica(new Secret(address)),
    ...patience,
    primary: searches.sql,
    now: Date.now,
    elapsed: () => performance.now() + ahead,
    log: (_level, event, fields) =>
      logged.push([event, fields?.trouble ?? ""].join(" ").trim()),
  });
  try {
    await fn({ replica, later: (ms) => ahead += ms, logged });
  } finally {
    await replica.close();
    await searches.close();
  }
}

/** Who answered. */
const who = async (sql: Queries) => {
  const [row] = await sql<{ standby: boolean }[]>`
    select pg_is_in_recovery() as standby`;
  return row?.standby ? "standby" : "primary";
};

/** It answers again, as soon as somebody has looked. */
const answersAgain = (replica: Replica) =>
  until(async () => await replica.read(who) === "standby");

function step(
  t: Deno.TestContext,
  pair: Pair,
  name: string,
  fn: (asked: Asked) => Promise<void>,
): Promise<boolean> {
  return t.step(name, () => withReplica(pair, fn));
}

if (hasStandby) {
  Deno.test("A hot standby answers what may be behind", (t) =>
    withStandby(async (pair) => {
      const { onPrimary: { sql } } = pair;
      await sql`create table seen (n int)`;
      await sql`insert into seen values (1)`;
      await pair.caughtUp();
      const count = async (queries: Queries) => {
        const [row] = await queries<{ count: number }[]>`
          select count(*)::int as count from seen`;
        return row?.count;
      };

      await step(t, pair, "while it keeps up", async ({ replica, later }) => {
        assert.equal(await replica.read(who), "standby");
        // Nobody has written for an hour.
        later(3_600_000);
        assert.equal(await replica.read(who), "standby");
        await until(async () => (await replica.health()).lagMs === 0);
        assert.equal((await replica.health()).answers, "replica");
      });

      await step(
        t,
        pair,
        "but not to who has just changed something",
        async ({ replica }) => {
          const recent = { recent: true, made: false };
          const answer = followChanges(recent, () => replica.read(who));
          assert.equal(await answer, "primary");
          assert.equal(await replica.read(who), "standby");
        },
      );

      await step(
        t,
        pair,
        "and can write nothing, there or elsewhere",
        async ({ replica }) => {
          const write = (queries: Queries) =>
            queries`insert into seen values (9)`;
          await withReplica(pair, async ({ replica: wrong }) => {
            assert.equal(await wrong.read(who), "primary");
          }, { address: pair.primary.url });
          const { reads, probe } = openReplica(new Secret(pair.primary.url));
          const refused = (error: unknown) => sqlState(error) === "25006";
          await assert.rejects(write(reads.sql), refused);
          await Promise.all([reads.close(), probe.close()]);
          assert.equal(await replica.read(count), 1);
        },
      );

      await step(
        t,
        pair,
        "some seconds late, and the primary when it is later",
        async ({ replica, later, logged }) => {
          await pair.pauseReplay(true);
          await sql`insert into seen values (2)`;
          assert.equal(await replica.read(count), 1, "it has not got there");
          assert.ok((await replica.health()).lagMs !== null);
          later(MOST_LAG_MS + 1);
          assert.equal(await replica.read(count), 2);
          const health = await replica.health();
          assert.deepEqual([health.answers, health.trouble], [
            "primary",
            "lag",
          ]);
          assert.ok((health.lagMs ?? 0) > MOST_LAG_MS, String(health.lagMs));
          await pair.pauseReplay(false);
          await pair.caughtUp();
          later(10_000);
          await answersAgain(replica);
          assert.deepEqual(logged, ["replica.resting lag", "replica.answers"]);
        },
      );

      await step(
        t,
        pair,
        "not before it has what a migration made",
        async ({ replica, logged }) => {
          await pair.pauseReplay(true);
          await sql`create table made_now ()`;
          const ask = async (queries: Queries) => {
            await queries`select * from made_now`;
            return await who(queries);
          };
          assert.equal(await replica.read(ask), "primary");
          assert.deepEqual(logged, ["replica.resting differs"]);
          await pair.pauseReplay(false);
          await pair.caughtUp();
        },
      );

      await step(
        t,
        pair,
        "until its replay needs the statement out of the way",
        async ({ replica, logged }) => {
          await pair.onStandby.sql.unsafe(
            "alter system set max_standby_streaming_delay = 0",
          );
          await pair.onStandby.sql`select pg_reload_conf()`;
          // A statement that sees the rows until they are gone.
          const ask = async (queries: Queries) => {
            await queries`
            select case when pg_is_in_recovery() then pg_sleep(3) end from seen
            limit 1`;
            return await who(queries);
          };
          const answer = replica.read(ask);
          await until(async () => {
            const rows = await pair.onStandby.sql`
            select 1 from pg_stat_activity
            where wait_event = 'PgSleep' and query like '%from seen%'`;
            return rows.length > 0;
          });
          await sql`delete from seen`;
          await sql`vacuum seen`;
          assert.equal(await answer, "primary");
          assert.equal(await replica.read(who), "standby", "it is well");
          assert.deepEqual(logged, []);
        },
      );

      await step(
        t,
        pair,
        "and a slow search ends there as here",
        async ({ replica, logged }) => {
          const slow = (queries: Queries) => queries`select pg_sleep(60)`;
          await assert.rejects(replica.read(slow), isTooLong);
          assert.deepEqual(logged, []);
        },
      );

      await step(
        t,
        pair,
        "as does one whose request has no time left",
        async ({ replica, logged }) => {
          const slow = (queries: Queries) => queries`select pg_sleep(60)`;
          const hurried = apartFor(200, () => replica.read(slow));
          await assert.rejects(hurried, /The time for the request is over/);
          assert.deepEqual(logged, []);
        },
      );

      if (hasPooler) {
        await t.step("through a transaction pooler, too", async () => {
          const pooler = await startPooler(pair.standby.url);
          const url = `postgres://postgres@127.0.0.1:${pooler.port}/postgres`;
          try {
            await withReplica(pair, async ({ replica }) => {
              const all = Array.from({ length: 8 }, () => replica.read(who));
              assert.deepEqual(
                [...new Set(await Promise.all(all))],
                ["standby"],
              );
            }, { address: url });
          } finally {
            await pooler.stop();
          }
        });
      }

      await t.step(
        "Of two hosts each address finds the one that it wants",
        async () => {
          const both = (first: Cluster, second: Cluster, target: string) =>
            `postgres://postgres@127.0.0.1:${first.port},127.0.0.1:${second.port}` +
            `/postgres?target_session_attrs=${target}`;
          const { primary, standby } = pair;
          for (const target of ["read-write", "primary"]) {
            const url = new Secret(both(standby, primary, target));
            const { sql, close } = await openDatabase({ url, dataDir: "" });
            assert.equal(await who(sql), "primary", target);
            await close();
          }
          await withReplica(pair, async ({ replica }) => {
            assert.equal(await replica.read(who), "standby");
          }, { address: both(primary, standby, "standby") });
        },
      );

      await t.step("and is never another database", async () => {
        await sql`create database other`;
        await pair.caughtUp();
        const url = new URL(pair.standby.url);
        url.pathname = "/other";
        await withReplica(pair, async ({ replica }) => {
          assert.equal(await replica.tryOut(), "foreign");
          assert.equal(await replica.read(who), "primary");
        }, { address: url.href });
      });

      await step(
        t,
        pair,
        "The primary answers while it is away, and nobody is told of an error",
        async ({ replica, later, logged }) => {
          assert.equal(await replica.read(who), "standby");
          await pair.standby.kill();
          const all = Array.from({ length: 8 }, () => replica.read(who));
          assert.deepEqual([...new Set(await Promise.all(all))], ["primary"]);
          const health = await replica.health();
          assert.deepEqual([health.answers, health.trouble], [
            "primary",
            "away",
          ]);
          await pair.standby.start();
          later(60_000);
          await answersAgain(replica);
          assert.deepEqual(logged, ["replica.resting away", "replica.answers"]);
        },
      );

      await t.step(
        "A server that takes the connection and says nothing keeps nobody waiting",
        async () => {
          const port = freePort();
          const listener = Deno.listen({ hostname: "127.0.0.1", port });
          const taken: Deno.Conn[] = [];
          const taking = (async () => {
            for await (const one of listener) taken.push(one);
          })();
          await withReplica(pair, async ({ replica, logged }) => {
            assert.equal(await replica.read(who), "primary");
            await until(() => Promise.resolve(logged.length > 0));
            assert.deepEqual(logged, ["replica.resting away"]);
            assert.equal(await replica.read(who), "primary");
          }, {
            address: `postgres://postgres@127.0.0.1:${port}/postgres`,
            patience: {},
          });
          listener.close();
          await taking;
          for (const one of taken) one.close();
        },
      );
    }));
}
