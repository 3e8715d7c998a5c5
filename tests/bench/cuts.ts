/**
 * The database cut again and again while people work: how long the slowest one
 * waited, against calm, and what is left afterwards. Beside it what the pool costs
 * against the driver alone. All are measured in turns in one run, so that the
 * ratios mean something on any machine.
 */
import postgres from "postgres";
import { Secret } from "../../lib/config/secret.ts";
import { isOutage, openDatabase, type Sql } from "../../lib/store/database.ts";
import { createCluster, freePort } from "../storm/cluster.ts";
import { type Bench, median, round, type Row, runAlone } from "./row.ts";

const PEOPLE = 24;
const CONNECTIONS = 10;
const UNDISTURBED = 1_000;

interface Size {
  cuts: number;
  phaseMs: number;
  /** Of the comparison with the driver alone. */
  rounds: number;
  /** Statements of a round. */
  acts: number;
}

const FULL: Size = { cuts: 40, phaseMs: 3_000, rounds: 5, acts: 5_000 };
const QUICK: Size = { cuts: 13, phaseMs: 1_000, rounds: 3, acts: 1_000 };

/** Measures on a Postgres of its own. */
export const cuts: Bench = async ({ quick }) => {
  const size = quick ? QUICK : FULL;
  const cluster = await createCluster(freePort());
  await cluster.start();
  const url = new Secret(cluster.url);
  const { sql, close } = await openDatabase({
    url,
    dataDir: "",
    max: CONNECTIONS,
  });
  const admin = await openDatabase({ url, dataDir: "", max: 1 });
  try {
    const cost = await compareWithDriver(sql, cluster.url, size);
    const harm = await harmOf(sql, admin.sql, size);
    return [...harm, ...cost];
  } finally {
    await admin.close();
    await close();
    await cluster.destroy();
  }
};

async function harmOf(
  sql: Sql,
  admin: Sql,
  { cuts, phaseMs }: Size,
): Promise<Row[]> {
  await sql`create table note (id int primary key, pair int not null)`;
  const calm = await work(sql, async () => {
    await new Promise((go) => setTimeout(go, phaseMs));
  });
  const cut = await work(sql, async () => {
    for (let turn = 0; turn < cuts; turn++) {
      await new Promise((go) => setTimeout(go, phaseMs / cuts));
      await admin`
        select pg_terminate_backend(pid) from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()`;
    }
  });
  let answered = 0;
  await each(PEOPLE, UNDISTURBED, async (at) => {
    const [row] = await sql`select ${at}::int as n`;
    if (row?.n === at) answered += 1;
  });
  const rows = await sql<{ id: number; pair: number }[]>`
    select id, pair from note`;
  const there = new Set(rows.map((row) => row.id));
  const kept = [...calm.kept, ...cut.kept];
  const under = `under ${cuts} cuts of all connections`;
  return [{
    name: `writes acknowledged ${under}`,
    value: kept.length,
    unit: "writes",
    limit: { least: 1 },
  }, {
    name: `acknowledged writes lost ${under}`,
    value: kept.filter((id) => !there.has(id)).length,
    unit: "writes",
    limit: { most: 0 },
  }, {
    name: `transactions torn ${under}`,
    value: rows.filter(({ pair }) => !there.has(pair)).length,
    unit: "transactions",
    limit: { most: 0 },
  }, {
    name: `answered of ${UNDISTURBED} after the cuts`,
    value: answered,
    unit: "answers",
    limit: { least: UNDISTURBED },
  }, {
    name: "the slowest wait under cuts / in calm",
    value: round(cut.worstMs / calm.worstMs),
    unit: "x",
    limit: null,
  }];
}

let nextId = 0;

/** Everybody reads and writes until `during` is over; a cut may meet each. */
async function work(sql: Sql, during: () => Promise<void>) {
  const kept: number[] = [];
  let worstMs = 0;
  let over = false;
  const people = Array.from({ length: PEOPLE }, async (_, person) => {
    for (let turn = person; !over; turn++) {
      const began = performance.now();
      try {
        if (turn % 2 === 0) await sql`select pg_sleep(0.001)`;
        else kept.push(...await write(sql));
      } catch (error) {
        if (!isOutage(error)) throw error;
      }
      worstMs = Math.max(worstMs, performance.now() - began);
    }
  });
  await during();
  over = true;
  await Promise.all(people);
  return { kept, worstMs };
}

async function write(sql: Sql): Promise<[number, number]> {
  const [a, b] = [nextId++, nextId++];
  await sql.begin(async (sql) => {
    await sql`insert into note values (${a}, ${b})`;
    await sql`insert into note values (${b}, ${a})`;
  });
  return [a, b];
}

/** The pool's time by the driver's: medians of rounds in turns. */
async function compareWithDriver(
  ours: Sql,
  url: string,
  { rounds, acts }: Size,
): Promise<Row[]> {
  const driver = postgres(url, { max: CONNECTIONS, onnotice: () => {} });
  // It has all that is asked of it here.
  const pools = [driver as unknown as Sql, ours];
  const compare = async (
    what: string,
    act: (sql: Sql) => Promise<void>,
  ): Promise<Row> => {
    const ratios: number[] = [];
    // The first round opens the connections.
    for (let turn = 0; turn < rounds; turn++) {
      const times: number[] = [];
      for (const sql of pools) {
        const began = performance.now();
        await act(sql);
        times.push(performance.now() - began);
      }
      const [alone = NaN, pooled = NaN] = times;
      if (turn > 0) ratios.push(pooled / alone);
    }
    const name = `the pool's time by the driver's alone, ${what}`;
    return { name, value: round(median(ratios)), unit: "x", limit: null };
  };
  const read = (sql: Sql) => async (at: number) =>
    void await sql`select ${at}::int`;
  try {
    return [
      await compare(
        `${PEOPLE} readers`,
        (sql) => each(PEOPLE, acts, read(sql)),
      ),
      await compare("one reader", (sql) => each(1, acts / 5, read(sql))),
      await compare(
        "transactions",
        (sql) =>
          each(PEOPLE, acts / 5, (at) =>
            sql.begin(async (sql) => {
              await sql`select ${at}::int`;
              await sql`select ${at}::int + 1`;
            })),
      ),
    ];
  } finally {
    await driver.end();
  }
}

/** So many acts by so many people, each one after the other. */
async function each(
  people: number,
  acts: number,
  act: (at: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: people }, async () => {
    while (next < acts) await act(next++);
  }));
}

if (import.meta.main) await runAlone(cuts);
