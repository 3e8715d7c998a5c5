/**
 * A match among many contacts: the time in the database, and how it grows. The
 * two sizes are measured in turns in one run, so that the ratio means something
 * on any machine.
 */
import { createHash } from "node:crypto";
import { createMatcher } from "../../lib/contacts/match.ts";
import { Secret } from "../../lib/config/secret.ts";
import type { Order } from "../../lib/orders/order.ts";
import { openDatabase, type Sql } from "../../lib/store/database.ts";
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import { createVault } from "../../lib/store/vault.ts";
import { createCluster, freePort } from "../storm/cluster.ts";
import { type Bench, median, quantile, round, runAlone, sized } from "./row.ts";

const FOLLOWERS = 200;

/** Measures on a Postgres of its own. */
export const match: Bench = async ({ quick, say }) => {
  const [few, many] = quick ? [1_000, 20_000] : [10_000, 1_000_000];
  const asked = quick ? 100 : 400;
  const cluster = await createCluster(freePort(), { large: !quick });
  await cluster.start();
  try {
    const databases = [];
    for (const size of [few, many]) {
      databases.push(await fill(cluster.url, size));
      say(`${sized(size)} contacts are there`);
    }
    const times = databases.map((): number[] => []);
    for (let turn = 0; turn < asked; turn++) {
      for (const [index, { ask }] of databases.entries()) {
        times[index]?.push(await ask(turn));
      }
    }
    for (const { close } of databases) await close();
    const [atFew = [], atMany = []] = times;
    return [{
      name: `match among ${sized(many)} / ${sized(few)} contacts, p50`,
      value: round(median(atMany) / median(atFew)),
      unit: "x",
      limit: { most: 2 },
    }, {
      name: `match among ${sized(many)} contacts, p50`,
      value: round(median(atMany)),
      unit: "ms",
      limit: null,
    }, {
      name: `match among ${sized(many)} contacts, p99`,
      value: round(quantile(atMany, 0.99)),
      unit: "ms",
      limit: null,
    }];
  } finally {
    await cluster.destroy();
  }
};

async function fill(server: string, contacts: number) {
  const name = `match_${contacts}`;
  const admin = await openDatabase({
    url: new Secret(server),
    dataDir: "",
    max: 1,
  });
  await admin.sql.unsafe(`create database ${name}`);
  await admin.close();
  const url = new URL(server);
  url.pathname = `/${name}`;
  const database = await openDatabase({
    url: new Secret(url.href),
    dataDir: "",
    max: 2,
  });
  const { sql } = database;
  await migrate(sql, await readMigrations());
  await insert(sql, contacts);
  const vault = createVault(new Secret("0123456789abcdef0123456789abcdef"));
  const matcher = createMatcher({ sql, vault });
  return {
    close: database.close,
    async ask(turn: number): Promise<number> {
      const n = 1 + (turn * 7919) % contacts;
      const begun = performance.now();
      const { status } = await matcher.match(orderOf(n), follower(n));
      const spent = performance.now() - begun;
      if (status !== "matched") throw new Error(`Contact ${n} is ${status}`);
      return spent;
    },
  };
}

async function insert(sql: Sql, contacts: number): Promise<void> {
  const rows = sql`generate_series(1, ${contacts}::int) as n`;
  const who = sql`'d' || (n % ${FOLLOWERS}::int)`;
  await sql`
    insert into contact select 'wm' || n, '客户' || n, null, 'wechat', now()
    from ${rows}`;
  await sql`
    insert into contact_follow
    select ${who}, 'wm' || n, '', null, now(), 1, null, now() from ${rows}`;
  await sql`
    insert into contact_phone select ${who}, 'wm' || n, md5(n::text), ''
    from ${rows}`;
  await sql`analyze`;
}

function follower(n: number): string {
  return `d${n % FOLLOWERS}`;
}

function orderOf(n: number): Order {
  return {
    orderId: `o${n}`,
    orderNo: `o${n}`,
    customerName: "客户",
    phoneSealed: "",
    // What Postgres calls md5: the index only has to be the same on both sides.
    phoneHashes: [createHash("md5").update(String(n)).digest("hex")],
    sharedHashes: [],
    phonePlaces: [0],
    furtherSealed: "",
    designerWxUserId: follower(n),
    designerName: follower(n),
    projectManagerWxUserId: `d${(n + 1) % FOLLOWERS}`,
    projectManagerName: null,
    storeName: null,
    stage: null,
    createdAt: new Date(0),
  };
}

if (import.meta.main) await runAlone(match);
