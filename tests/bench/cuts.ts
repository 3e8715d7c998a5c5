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

const PEOPLE = 24;
const CONNECTIONS = 10;
const CUTS = 40;
const PHASE_MS = 3_000;
const UNDISTURBED = 1_000;
const ROUNDS = 5;

export interface CutsResult {
  cuts: number;
  calmWorstMs: number;
  cutWorstMs: number;
  worstRatio: number;
  acknowledged: number;
  /** Writes that were acknowledged and are not there. */
  lost: number;
  /** Transactions of which a part is there. */
  torn: number;
  answeredAfterwards: string;
  /** The pool's time by the driver's: medians of rounds in turns. */
  cost: { readers: number; reader: number; transactions: number };
}

/** Measures on a Postgres of its own. */
export async function benchCuts(): Promise<CutsResult> {
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
    const cost = await compareWithDriver(sql, cluster.url);
    await sql`create table note (id int primary key, pair int not null)`;
    const calm = await work(sql, async () => {
      await new Promise((go) => setTimeout(go, PHASE_MS));
    });
    const cut = await work(sql, async () => {
      for (let turn = 0; turn < CUTS; turn++) {
        await new Promise((go) => setTimeout(go, PHASE_MS / CUTS));
        await admin.sql`
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
    return {
      cuts: CUTS,
      calmWorstMs: round(calm.worstMs),
      cutWorstMs: round(cut.worstMs),
      worstRatio: round(cut.worstMs / calm.worstMs),
      acknowledged: kept.length,
      lost: kept.filter((id) => !there.has(id)).length,
      torn: rows.filter(({ pair }) => !there.has(pair)).length,
      answeredAfterwards: `${answered} of ${UNDISTURBED}`,
      cost,
    };
  } finally {
    await admin.close();
    await close();
    await cluster.destroy();
  }
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

async function compareWithDriver(ours: Sql, url: string) {
  const driver = postgres(url, { max: CONNECTIONS, onnotice: () => {} });
  // It has all that is asked of it here.
  const pools = [driver as unknown as Sql, ours];
  const ratio = async (act: (sql: Sql) => Promise<void>) => {
    const ratios: number[] = [];
    for (let turn = 0; turn < ROUNDS; turn++) {
      const times: number[] = [];
      for (const sql of pools) {
        const began = performance.now();
        await act(sql);
        times.push(performance.now() - began);
      }
      const [alone = NaN, pooled = NaN] = times;
      // The first round opens the connections.
      if (turn > 0) ratios.push(pooled / alone);
    }
    return round(ratios.sort((a, b) => a - b)[ratios.length >> 1] ?? NaN);
  };
  const cost = {
    readers: await ratio((sql) =>
      each(PEOPLE, 5_000, async (at) => void await sql`select ${at}::int`)
    ),
    reader: await ratio((sql) =>
      each(1, 1_000, async (at) => void await sql`select ${at}::int`)
    ),
    transactions: await ratio((sql) =>
      each(PEOPLE, 1_000, (at) =>
        sql.begin(async (sql) => {
          await sql`select ${at}::int`;
          await sql`select ${at}::int + 1`;
        }))
    ),
  };
  await driver.end();
  return cost;
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

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
