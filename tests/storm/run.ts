/**
 * One run: sets up company, database and instances, lets people and weather
 * loose, calms down, lets everybody come back, and compares.
 */
import { pushCallbacks } from "../../lib/sandbox/callbacks.ts";
import { serveSandbox } from "../../lib/sandbox/server.ts";
import { openDatabase } from "../../lib/store/database.ts";
import { Secret } from "../../lib/config/secret.ts";
import { createVault } from "../../lib/store/vault.ts";
import { createClock } from "./clock.ts";
import { createCluster, freePort } from "./cluster.ts";
import { type Company, createCompany } from "./company.ts";
import {
  compareContacts,
  type Compared,
  compareGroups,
  type Difference,
  droppedContacts,
} from "./compare.ts";
import { type Cutter, serveCutter } from "./cutter.ts";
import { createDice, type Dice } from "./dice.ts";
import { count, createLedger, type Ledger } from "./ledger.ts";
import type { Network } from "./network.ts";
import { createCrowd } from "./crowd.ts";
import type { Plant } from "./plants.ts";
import { createInstance, prepareProduct, runTask } from "./product.ts";
import { startStorm } from "./weather.ts";

export interface StormOptions {
  orders: number;
  instances: number;
  database: "postgres" | "pglite";
  seed: number;
  plant: Plant | null;
  /** False: only the network and WeCom misbehave. */
  kills: boolean;
  /** Keep logs and data of a run without differences too. */
  keep: boolean;
}

export interface StormReport extends Compared {
  options: StormOptions;
  ledger: Ledger;
  kills: number;
  seconds: number;
  /** Where logs and data are, when there were differences. */
  kept: string | null;
}

const ERP_TOKEN = "erp-token-of-the-storm";
const DATA_KEY = "data-key-of-the-storm-0123456789abcdef";
/** Clocks of the instances against the world's, ms. */
const SKEWS = [3_000, -2_000, 5_000];
/** Shares of WeCom's events. */
const MISHAPS = { twice: 0.15, late: 0.2, lost: 0.2 };

export async function runStorm(
  options: StormOptions,
  say: (line: string) => void,
): Promise<StormReport> {
  const began = Date.now();
  const dice = createDice(options.seed);
  const clock = createClock();
  const directory = await Deno.makeTempDir({ prefix: "storm-" });
  const diary: string[] = [];
  const ledger = createLedger((line) =>
    diary.push(`${new Date(clock.now()).toISOString()} ${line}`)
  );
  const company = createCompany(options.orders, dice.fork("company"));
  const app = await prepareProduct(directory, options.plant);
  const origin = `http://localhost:${freePort()}`;

  const wecom = await serveSandbox({
    now: clock.now,
    random: dice.fork("wecom").next,
    publicOrigin: origin,
    seed: company.seed,
  });
  const { sandbox } = wecom;
  const { world } = sandbox;
  const wecomWire = serveCutter(
    Number(new URL(wecom.origin).port),
    dice.fork("wire to wecom"),
  );
  const cluster = options.database === "postgres"
    ? await createCluster(freePort())
    : null;
  await cluster?.start();
  const databaseWire = cluster &&
    serveCutter(cluster.port, dice.fork("wire to database"));

  const env: Record<string, string> = {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: Deno.env.get("HOME") ?? directory,
    PUBLIC_ORIGIN: origin,
    DATA_DIR: `${directory}/data`,
    WECOM_CORP_ID: sandbox.corpId,
    WECOM_AGENT_ID: sandbox.agentId,
    WECOM_SECRET: sandbox.secret,
    WECOM_API_BASE: `http://127.0.0.1:${wecomWire.port}`,
    WECOM_OAUTH_BASE: `${wecom.origin}/sandbox`,
    WECOM_SSO_BASE: `${wecom.origin}/sandbox`,
    SESSION_SECRET: "session-secret-of-the-storm-0123456789",
    DATA_KEY,
    ERP_INBOUND_TOKEN: ERP_TOKEN,
    WECOM_CALLBACK_TOKEN: sandbox.callbackToken,
    WECOM_CALLBACK_AES_KEY: sandbox.callbackAesKey,
    CACHE_STORE: "postgres",
    ...databaseWire
      ? {
        DATABASE_URL:
          `postgres://postgres@127.0.0.1:${databaseWire.port}/postgres`,
      }
      : {},
  };
  const instances = Array.from(
    { length: options.instances },
    (_, n) =>
      createInstance({
        directory,
        name: `instance-${n}`,
        port: freePort(),
        app,
        env,
      }),
  );
  const network: Network = {
    origin,
    wecom: wecom.origin,
    ports: instances.map((one) => one.port),
    stormy: false,
    ledger,
  };

  async function startAll(): Promise<void> {
    await Promise.all(instances.map(async (one, n) => {
      await one.start(clock.ahead + (SKEWS[n % SKEWS.length] ?? 0));
    }));
    for (const one of instances) {
      if (!await one.ready(60_000)) throw new Error("Instance does not start");
    }
  }
  const stopAll = () => Promise.all(instances.map((one) => one.stop()));

  /** Runs `read` with the database, which belongs to nobody else then. */
  async function withDatabase<T>(
    read: (sql: Awaited<ReturnType<typeof openDatabase>>["sql"]) => Promise<T>,
  ): Promise<T> {
    const database = await openDatabase({
      url: cluster && new Secret(cluster.url),
      dataDir: `${directory}/data`,
      max: 2,
    });
    try {
      return await read(database.sql);
    } finally {
      await database.close();
    }
  }

  let clean = false;
  try {
    await startAll();
    await push(network, company);
    say(`[${seconds()}] ${company.orders.length} orders, storm begins`);

    const eventDice = dice.fork("events");
    const crowd = createCrowd({ network, company, ledger, world, dice });
    const events = pushCallbacks({
      sandbox,
      url: `${origin}/api/wecom/callback`,
      fetch: (input, init) => deliver(network, eventDice, input, init),
      now: clock.now,
      random: eventDice.next,
      log: () => {},
      ...MISHAPS,
    });
    world.on((event) => ledger.diary(JSON.stringify(event)));
    const storm = startStorm({
      ...{ world, network, company, ledger, instances, cluster, dice },
      wires: { database: databaseWire, wecom: wecomWire },
      kills: options.kills,
      async sleepOver(ms) {
        await stopAll();
        clock.jump(ms);
        await startAll();
      },
    });
    const ticker = setInterval(() => {
      say(`[${seconds()}] ${ledger.seen.size} groups seen, ${kills()} kills`);
    }, 15_000);
    let stopping: Promise<void> | null = null;
    const stop = () => stopping ??= storm.stop();
    try {
      await crowd.work(stop);
    } finally {
      clearInterval(ticker);
      await stop();
      await events.stop();
    }
    for (const [kind, times] of Object.entries(events.counts)) {
      count(ledger.faults, `event ${kind}`, times);
    }
    say(`[${seconds()}] calm; ${crowd.open().length} orders still open`);

    for (const one of instances) await one.ready(60_000);
    await crowd.comeBack();
    say(`[${seconds()}] came back; ${crowd.open().length} orders still open`);
    await stopAll();
    const dropped = await withDatabase((sql) => droppedContacts(sql, world));
    // Whatever lease was left is over now, and every copy is old.
    clock.jump(35 * 60_000);
    await startAll();
    await crowd.comeBack();
    await stopAll();
    const night = await runTask(app, "lib/tasks/sync.ts", {
      ...env,
      clock: `${directory}/instance-0.clock.ts`,
    });
    say(`[${seconds()}] reconciled: exit ${night.code}`);
    if (night.code !== 0) say(night.text);
    await startAll();
    await crowd.lookAgain();
    await stopAll();

    const vault = createVault(new Secret(DATA_KEY));
    const { groups, contacts } = await withDatabase(async (sql) => ({
      groups: await compareGroups(sql, world, company, ledger),
      contacts: await compareContacts(sql, vault, world, company),
    }));
    const vanished = [...ledger.vanished].map((subject): Difference => ({
      kind: "contacts",
      subject,
      detail: "the customer was not found, though a contact all the time",
    }));
    const differences = [
      ...groups.differences,
      ...dropped,
      ...vanished,
      ...contacts.differences,
    ];
    clean = differences.length === 0 && !options.keep;
    if (!clean) await withDatabase((sql) => dump(sql, directory));
    for (const [kind, times] of world.faults.counts) {
      count(ledger.faults, `WeCom ${kind}`, times);
    }
    count(ledger.faults, "wire cut", cuts([wecomWire, databaseWire]));
    return {
      ...groups,
      options,
      ledger,
      differences,
      contacts: contacts.contacts,
      kills: kills(),
      seconds: Math.round((Date.now() - began) / 1000),
      kept: clean ? null : directory,
    };
  } finally {
    await stopAll();
    await wecomWire.stop();
    await databaseWire?.stop();
    await wecom.shutdown();
    await cluster?.destroy();
    if (clean) await Deno.remove(directory, { recursive: true });
    else await Deno.writeTextFile(`${directory}/diary.log`, diary.join("\n"));
  }

  function kills(): number {
    return instances.reduce((sum, one) => sum + one.kills, 0);
  }
  function seconds(): string {
    return `${Math.round((Date.now() - began) / 1000)} s`;
  }
}

const cuts = (wires: (Cutter | null)[]) =>
  wires.reduce((sum, one) => sum + (one?.cuts ?? 0), 0);

/** Our record as it was, beside the diary. */
async function dump(
  sql: Awaited<ReturnType<typeof openDatabase>>["sql"],
  directory: string,
): Promise<void> {
  for (const table of ["audit_log", "group_intent", "chat", "contact_sync"]) {
    const rows = await sql`select * from ${sql(table)}`;
    const text = rows.map((row) => JSON.stringify(row)).join("\n");
    await Deno.writeTextFile(`${directory}/${table}.jsonl`, text);
  }
}

/** WeCom's push, to one instance or the other. */
async function deliver(
  { ports }: Network,
  dice: Dice,
  input: string | URL | Request,
  init?: RequestInit,
): Promise<Response> {
  const { pathname, search } = new URL(String(input));
  return await fetch(
    `http://127.0.0.1:${dice.pick(ports)}${pathname}${search}`,
    init,
  );
}

/** What the ERP tells before anybody opens an order. */
async function push({ ports }: Network, company: Company): Promise<void> {
  const send = async (path: string, body: unknown) => {
    const response = await fetch(`http://127.0.0.1:${ports[0]}${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${ERP_TOKEN}`,
      },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`ERP push: ${await response.text()}`);
    await response.body?.cancel();
  };
  await send("/api/erp/staff", { staff: company.staff });
  const orders = company.orders.map((order) => ({
    orderId: order.orderId,
    orderNo: order.orderId,
    customerName: order.customerName,
    customerPhone: order.phone,
    designerWxUserId: order.designer,
    projectManagerWxUserId: order.manager,
    storeName: "一店",
  }));
  for (let at = 0; at < orders.length; at += 500) {
    await send("/api/erp/orders", { orders: orders.slice(at, at + 500) });
  }
}
