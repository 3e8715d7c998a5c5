/**
 * What others do, and what hangs, must not keep a designer waiting: an order's
 * page while twelve operators search without a pause, against the same page in
 * calm; the page while somebody locks the orders; and the stop of a process whose
 * requests hang there. The product is a process as it is deployed, on a Postgres
 * of its own with a million orders.
 */
import assert from "node:assert/strict";
import { createSealer, sealSession } from "../../lib/auth/session.ts";
import { readConfig } from "../../lib/config/mod.ts";
import { Secret } from "../../lib/config/secret.ts";
import { openDatabase } from "../../lib/store/database.ts";
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import { createCluster, freePort } from "../storm/cluster.ts";
import { withLocked } from "../support/locks.ts";
import { build, type Product, start } from "../support/product.ts";
import { FEW, fillCompany, OPERATOR } from "./growth_data.ts";
import { claim } from "./growth_queries.ts";
import { load, request } from "./load.ts";
import { type Bench, type Row, runAlone, sized } from "./row.ts";

const SIZES = { quick: 20_000, full: 1_000_000 };
const PHASE_MS = { quick: 2_000, full: 8_000 };
const OPERATORS = 12;
/** As people search: a name, a store, a part of a number. */
const SOUGHT = [
  "王伟",
  "李芳",
  "东江店",
  "西湖",
  "0007",
  "HT0001",
  "不存在的人",
];

const SECRETS = {
  SESSION_SECRET: "session-secret-of-the-bench-0123456789",
  DATA_KEY: "data-key-of-the-bench-0123456789abcdef",
};

export const operators: Bench = async ({ quick, say }) => {
  const mode = quick ? "quick" : "full";
  const size = SIZES[mode];
  const cluster = await createCluster(freePort(), { large: !quick });
  const dataDir = await Deno.makeTempDir({ prefix: "operators-" });
  try {
    await cluster.start();
    await fill(cluster.url, size);
    say(`${sized(size)} orders are there`);
    await build();
    const env = {
      ...SECRETS,
      DATABASE_URL: cluster.url,
      DATA_DIR: dataDir,
      KV_PATH: ":memory:",
      SANDBOX: "1",
    };
    const product = await start(env);
    try {
      const page = await pageOf(product, env, size);
      const isolated = await besideOperators(product, env, page, mode, say);
      const locked = await whileLocked(cluster.url, product, page);
      return [...isolated, ...locked].map((row) => ({
        ...row,
        name: `${row.name}, ${sized(size)} orders`,
      }));
    } finally {
      product.kill();
      await product.ended;
    }
  } finally {
    await cluster.destroy();
    await Deno.remove(dataDir, { recursive: true });
  }
};

async function fill(url: string, size: number): Promise<void> {
  const options = { url: new Secret(url), dataDir: "", max: 1 };
  const { sql, close } = await openDatabase(options);
  await migrate(sql, await readMigrations());
  await claim(sql, url);
  await fillCompany(sql, size);
  await close();
}

/** Whoever signed in, as a header. */
async function cookieOf(
  { origin }: Product,
  env: Record<string, string>,
  wxUserId: string,
): Promise<string> {
  const all: Record<string, string> = { ...env, PUBLIC_ORIGIN: origin };
  const config = readConfig((name) => all[name]);
  const sealer = createSealer(config, Date.now);
  const sealed = await sealSession(sealer, { wxUserId }, Date.now);
  return `session=${sealed}`;
}

/** The page of an order without a group, by a designer who has few. */
async function pageOf(
  product: Product,
  env: Record<string, string>,
  size: number,
): Promise<{ path: string; headers: Record<string, string> }> {
  const first = Math.floor(size / FEW.orders);
  const path = `/orders/o${first}/group`;
  const headers = { cookie: await cookieOf(product, env, FEW.wxUserId) };
  const response = await fetch(product.origin + path, { headers });
  const html = await response.text();
  assert.equal(response.status, 200, html.slice(0, 500));
  return { path, headers };
}

async function besideOperators(
  product: Product,
  env: Record<string, string>,
  page: { path: string; headers: Record<string, string> },
  mode: "quick" | "full",
  say: (line: string) => void,
): Promise<Row[]> {
  const { port, origin } = product;
  const host = { host: `localhost:${port}` };
  const cookie = await cookieOf(product, env, OPERATOR);
  const click = [
    request("GET", page.path, { ...host, ...page.headers }),
  ];
  const searches = SOUGHT.map((query) =>
    request(
      "POST",
      "/api/runFlow",
      { ...host, cookie, origin, "content-type": "application/json" },
      JSON.stringify({ flowId: "orders.list", query }),
    )
  );
  const ms = PHASE_MS[mode];
  const open = (ms: number) => load({ port, click, people: 1, ms });
  const search = (ms: number) =>
    load({ port, click: searches, people: OPERATORS, ms });
  await open(ms / 4);
  await search(ms / 4);
  const calm = await open(ms);
  const [busy, searched] = await Promise.all([open(ms), search(ms)]);
  const perSecond = searched.clicksPerSecond * SOUGHT.length;
  say(`the page in calm: p50 ${calm.p50Ms.toFixed(1)} ms`);
  say(
    `beside ${perSecond.toFixed(0)} searches a second: ${
      busy.p50Ms.toFixed(1)
    } ms`,
  );
  return [
    {
      name:
        `an order's page beside ${OPERATORS} operators who search / in calm, p50`,
      value: round(busy.p50Ms / calm.p50Ms),
      unit: "x",
      limit: { most: 3 },
    },
    {
      name: `searches by ${OPERATORS} operators`,
      value: round(perSecond),
      unit: "/s",
      limit: null,
    },
  ];
}

/** The page while nobody gets at the orders, and the stop of who waits there. */
async function whileLocked(
  url: string,
  product: Product,
  page: { path: string; headers: Record<string, string> },
): Promise<Row[]> {
  const rows: Row[] = [];
  const { path, headers } = page;
  const open = () => fetch(product.origin + path, { headers });
  await withLocked(url, "customer_order", async () => {
    const began = performance.now();
    const response = await open();
    const html = await response.text();
    rows.push({
      name: "answer of an order's page whose table is locked",
      value: round(performance.now() - began),
      unit: "ms",
      limit: { most: 5_500 },
    });
    assert.equal(response.status, 503);
    assert.match(html, /DATABASE_UNAVAILABLE/);
    const hanging = Array.from(
      { length: 20 },
      () => open().then((response) => response.body?.cancel(), () => {}),
    );
    // They are there when somebody who came later has an answer.
    await (await fetch(`${product.origin}/healthz`)).text();
    const told = performance.now();
    const code = await product.stop();
    rows.push({
      name: "stop with 20 pages that hang",
      value: round(performance.now() - told),
      unit: "ms",
      limit: { most: 5_000 },
    });
    assert.equal(code, 0, product.text().slice(-2_000));
    await Promise.all(hanging);
  });
  return rows;
}

const round = (value: number) => Math.round(value * 100) / 100;

if (import.meta.main) await runAlone(operators);
