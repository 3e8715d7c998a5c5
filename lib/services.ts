/**
 * The composition root: the one place where the parts meet. Everything else
 * takes what it needs as arguments. Made on first use and once per process,
 * because a platform's warm-up may load modules before the variables are there.
 */
import { type Config, config as readConfig, Secret } from "./config/mod.ts";
import { createSealer, type Sealer } from "./auth/session.ts";
import { type Contacts, createContacts } from "./contacts/contacts.ts";
import { createMatcher, type Matcher } from "./contacts/match.ts";
import { type ContactSync, createContactSync } from "./contacts/sync.ts";
import { createErp } from "./erp/run_flow.ts";
import { createDiscovery } from "./groups/discover.ts";
import { createGroups, type Groups } from "./groups/groups.ts";
import { createIntents, type Intents } from "./groups/intents.ts";
import { createGroupViews, type GroupViews } from "./groups/view.ts";
import { createLog, type Log } from "./http/log.ts";
import { createInbox, type Inbox } from "./inbox/mod.ts";
import { receivePush } from "./inbox/receive.ts";
import { createOrders, type Orders } from "./orders/orders.ts";
import { createReconciler, type Reconciler } from "./reconcile/reconciler.ts";
import { createOrderViews, type OrderViews } from "./orders/view.ts";
import { createStaff, type Staff } from "./staff/staff.ts";
import type { CacheStore } from "./store/cache.ts";
import { createKvCache } from "./store/cache_kv.ts";
import { createPostgresCache } from "./store/cache_postgres.ts";
import { openDatabase, type Sql } from "./store/database.ts";
import { openKv } from "./store/kv.ts";
import { migrate, readMigrations } from "./store/migrate.ts";
import { createVault, type Vault } from "./store/vault.ts";
import { createCallbackCrypto } from "./wecom/callback/crypto.ts";
import { createWecomClient, type WecomClient } from "./wecom/mod.ts";
import type { Sandbox } from "./sandbox/mod.ts";

export interface Services {
  config: Config;
  log: Log;
  now: () => number;
  sql: Sql;
  vault: Vault;
  cache: CacheStore;
  wecom: WecomClient;
  sealer: Sealer;
  staff: Staff;
  orders: Orders;
  orderViews: OrderViews;
  contactSync: ContactSync;
  contacts: Contacts;
  matcher: Matcher;
  intents: Intents;
  groups: Groups;
  groupViews: GroupViews;
  inbox: Inbox;
  reconciler: Reconciler;
  /** The simulated company; null with a real one. */
  sandbox: Sandbox | null;
  close(): Promise<void>;
}

export interface ServiceOptions {
  log?: Log;
  fetch?: typeof fetch;
  now?: () => number;
  /** Waiting, for tests with a clock in hand; the WeCom client's own stays. */
  sleep?: (ms: number) => Promise<void>;
  /** The simulated company to use, for tests that move it. */
  sandbox?: Sandbox;
}

export async function createServices(
  config: Config,
  options: ServiceOptions = {},
): Promise<Services> {
  const log = options.log ?? createLog();
  const now = options.now ?? Date.now;
  const random = Math.random;
  const uuid = () => crypto.randomUUID();
  const database = await openDatabase({
    url: config.databaseUrl,
    dataDir: config.dataDir,
  });
  const { sql } = database;
  // The embedded database belongs to this process: nobody else migrates it.
  if (!config.databaseUrl) await migrate(sql, await readMigrations());

  const kv = config.cacheStore === "kv" ? await openKv(config.kvPath) : null;
  const cache = kv
    ? createKvCache({ kv, now, random, sleep })
    : createPostgresCache({ sql, now });
  const vault = createVault(config.dataKey);
  const sandbox = config.mode === "sandbox"
    ? options.sandbox ?? await openSandbox(config, { now, random, log })
    : null;
  const doFetch = options.fetch ?? fetch;
  const wecom = createWecomClient({
    ...config.wecom,
    ...(sandbox ? { secret: config.wecom.secret } : {}),
    fetch: sandbox
      ? (input, init) => sandbox.api(new Request(input, init))
      : doFetch,
    now,
    random,
    sleep,
    log,
    cache,
    seal: vault,
  });
  const erp = config.erp.runFlow &&
    createErp({ ...config.erp.runFlow, fetch: doFetch, log });

  const wait = options.sleep ?? sleep;
  const base = { sql, vault, cache, wecom, now, sleep: wait, uuid, log };
  const staff = createStaff({ ...base, adminUserIds: config.adminUserIds });
  const orders = createOrders({ ...base, erp });
  const matcher = createMatcher(base);
  const contactSync = createContactSync(base);
  const contacts = createContacts({ ...base, sync: contactSync, matcher });
  const intents = createIntents(base);
  const discovery = createDiscovery(base);
  const nameTemplate = config.groupNameTemplate;
  const groups = createGroups({ ...base, intents, discovery, nameTemplate });
  const services: Services = {
    ...base,
    config,
    sealer: createSealer(config.sessionSecret, now),
    staff,
    orders,
    orderViews: createOrderViews({ ...base, staff }),
    contactSync,
    contacts,
    matcher,
    intents,
    groups,
    groupViews: createGroupViews({ ...base, staff, groups, intents }),
    inbox: createInbox({ ...base, random }),
    reconciler: createReconciler({ ...base, groups, intents, nameTemplate }),
    sandbox,
    async close() {
      await feed?.stop();
      await services.inbox.stop();
      await services.reconciler.close();
      await database.close();
      kv?.close();
    },
  };
  if (sandbox) await seedDemo(services);
  // A test that brings its own company decides itself what is pushed.
  const feed = sandbox && !options.sandbox
    ? await feedInbox(services, sandbox, random)
    : null;
  return services;
}

let memo: Promise<Services> | undefined;

/** The process's services, made on first use; a failure is tried again. */
export function services(): Promise<Services> {
  return memo ??= makeServices().catch((error) => {
    memo = undefined;
    throw error;
  });
}

async function makeServices(): Promise<Services> {
  return await createServices(readConfig());
}

/** Loaded only here and only in sandbox mode. */
async function openSandbox(
  config: Config,
  deps: { now: () => number; random: () => number; log: Log },
): Promise<Sandbox> {
  const { createSandbox } = await import("./sandbox/mod.ts");
  const { fileJournal } = await import("./sandbox/journal_file.ts");
  await Deno.mkdir(config.dataDir, { recursive: true });
  const { corpId, agentId, secret } = config.wecom;
  const sandbox = createSandbox({
    ...deps,
    publicOrigin: config.publicOrigin,
    corpId,
    agentId,
    secret: secret.reveal(),
    journal: fileJournal(`${config.dataDir}/sandbox.jsonl`),
  });
  await sandbox.ready;
  return sandbox;
}

/** What the simulated company would push, sealed and opened as over the wire. */
async function feedInbox(
  { inbox, log, now }: Services,
  sandbox: Sandbox,
  random: () => number,
): Promise<{ stop(): Promise<void> }> {
  const { pushCallbacks } = await import("./sandbox/callbacks.ts");
  const crypto = createCallbackCrypto({
    token: new Secret(sandbox.callbackToken),
    aesKey: new Secret(sandbox.callbackAesKey),
    receiveId: sandbox.corpId,
  });
  return pushCallbacks({
    sandbox,
    url: "http://sandbox/api/wecom/callback",
    fetch: (input, init) =>
      receivePush({ crypto, inbox, log }, new Request(input, init)),
    now,
    random,
    log,
  });
}

/** The ERP's side of the simulated company: its staff and orders. */
async function seedDemo({ staff, orders, sql, now }: Services): Promise<void> {
  const [any] = await sql`select 1 from customer_order limit 1`;
  if (any) return;
  const { demoOrders, demoStaff } = await import("./sandbox/seed.ts");
  await staff.upsert({ staff: demoStaff() });
  await orders.upsert(demoOrders(now()));
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    function abort() {
      clearTimeout(timer);
      reject(signal?.reason);
    }
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}
