/**
 * The composition root: the one place where the parts meet. Everything else
 * takes what it needs as arguments. Made on first use and once per process,
 * because a platform's warm-up may load modules before the variables are there.
 */
import { type Config, config as readConfig } from "./config/mod.ts";
import { createRefusals, type Refusals } from "./audit/refusals.ts";
import { createSealer, type Sealer } from "./auth/session.ts";
import { createTries } from "./auth/tries.ts";
import { type Codes, createCodes } from "./codes/codes.ts";
import { type Contacts, createContacts } from "./contacts/contacts.ts";
import { createMatcher, type Matcher } from "./contacts/match.ts";
import { type ContactSync, createContactSync } from "./contacts/sync.ts";
import { createErp } from "./erp/run_flow.ts";
import { groundOf } from "./groups/product_ground.ts";
import { createGroups, type Groups } from "./groups/groups.ts";
import { createOrderRows, type OrderRows } from "./groups/order_rows.ts";
import { countOpen, findIntent, type Intents } from "./groups/intents.ts";
import { createGroupViews, type GroupViews } from "./groups/view.ts";
import { createClientAddress } from "./http/client_address.ts";
import { createLimits, type Limits } from "./http/limits.ts";
import { createLog, type Log } from "./http/log.ts";
import { readinessChecks } from "./http/checks.ts";
import { createReadiness, type Readiness } from "./http/readiness.ts";
import type { Window } from "./http/window.ts";
import { createInbox, type Inbox } from "./inbox/mod.ts";
import { type Cards, createCards } from "./messages/cards.ts";
import {
  emptyAtReset,
  feedInbox,
  openSandbox,
  seedDemo,
} from "./sandbox_mode.ts";
import { claimDatabase, refuseReplica, refuseStranger } from "./owner/mark.ts";
import { ownerOf } from "./owner/owner.ts";
import { createRenewer, type Renewer } from "./owner/renewer.ts";
import { createSignedFetch } from "./relay/signed_fetch.ts";
import { createOrders, type Orders } from "./orders/orders.ts";
import { createReconciler, type Reconciler } from "./reconcile/reconciler.ts";
import { createOrderViews, type OrderViews } from "./orders/view.ts";
import { createSettings, type Settings } from "./settings/settings.ts";
import { createStaff, type Staff } from "./staff/staff.ts";
import type { CacheStore } from "./store/cache.ts";
import type { CacheHealth } from "./store/cache_fallback.ts";
import type { PoolHealth, Sql } from "./store/database.ts";
import { apart } from "./store/deadline.ts";
import { migrate, readMigrations } from "./store/migrate.ts";
import { openStore, type Store } from "./store/open_store.ts";
import type { StaleReads } from "./store/replica.ts";
import { createVault, sealCached, type Vault } from "./store/vault.ts";
import {
  createBudget,
  createWecomClient,
  type WecomClient,
} from "./wecom/mod.ts";
import type { Sandbox } from "./sandbox/mod.ts";
import { createSpending } from "./http/spending.ts";
import { personNow } from "./staff/person_now.ts";
import { observeCall } from "./telemetry/calls.ts";
import { exportWaiting } from "./telemetry/metrics.ts";
import { unrecorded } from "./telemetry/trace.ts";

export interface Services {
  config: Config;
  log: Log;
  now: () => number;
  sql: Sql;
  vault: Vault;
  cache: CacheStore;
  staleReads: StaleReads;
  replica: Store["replica"];
  poolHealth: () => PoolHealth;
  cacheHealth: () => CacheHealth;
  wecom: WecomClient;
  sealer: Sealer;
  /** Codes that were tried for a sign-in. */
  tries: Window;
  staff: Staff;
  orders: Orders;
  orderViews: OrderViews;
  orderRows: OrderRows;
  contactSync: ContactSync;
  contacts: Contacts;
  codes: Codes;
  matcher: Matcher;
  intents: Intents;
  groups: Groups;
  groupViews: GroupViews;
  refusals: Refusals;
  limits: Limits;
  clientAddress: ReturnType<typeof createClientAddress>;
  cards: Cards;
  settings: Settings;
  inbox: Inbox;
  reconciler: Reconciler;
  renewer: Renewer;
  readiness: () => Promise<Readiness>;
  /** The simulated company; null with a real one. */
  sandbox: Sandbox | null;
  /** Cuts what runs in the background, and waits for it; requests go on. */
  cutWork(): Promise<void>;
  close(): Promise<void>;
  /** Ends what is asked of the database, whoever waits for it. */
  hangUp(): void;
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

/** Throws with nothing left open. */
export async function createServices(
  config: Config,
  options: ServiceOptions = {},
): Promise<Services> {
  const { log = createLog(), now = Date.now } = options;
  const vault = createVault(config.dataKey, config.dataKeyPrevious);
  const store = await openStore({
    ...config,
    address: config.publicOrigin,
    // The sandbox's journal has one writer.
    ownsDataDir: config.mode === "sandbox" && !options.sandbox,
    prepare: (sql) => takeOver(sql, config, vault),
    refuseReplica: (sql) => refuseReplica(sql, ownerOf(config)),
  }, { now, elapsed, random: Math.random, sleep, log });
  try {
    return await assemble(config, { ...options, log }, store, vault);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function assemble(
  config: Config,
  options: ServiceOptions,
  store: Store,
  vault: Vault,
): Promise<Services> {
  const log = options.log ?? createLog();
  const now = options.now ?? Date.now;
  const random = Math.random;
  const uuid = () => crypto.randomUUID();
  const { sql, searching, staleReads, replica } = store;
  const { poolHealth, cache, cacheHealth } = store;
  const sandbox = config.mode === "sandbox"
    ? options.sandbox ?? await openSandbox(config, { now, random, log })
    : null;
  // What Deno records of a call is its whole address, with secrets in it.
  const given = options.fetch ?? fetch;
  const doFetch: typeof fetch = (...asked) => unrecorded(() => given(...asked));
  const { relaySecret } = config.wecom;
  const wecomFetch = relaySecret
    ? createSignedFetch({ fetch: doFetch, secret: relaySecret, now })
    : doFetch;
  const budget = createBudget({
    company: config.wecom.corpId,
    cache,
    now,
    elapsed,
    random,
    log,
  });
  const spending = createSpending(now);
  const wecom = createWecomClient({
    ...config.wecom,
    budget,
    personNow,
    spend: spending.wecom,
    observe: observeCall,
    fetch: sandbox
      ? (input, init) => sandbox.api(new Request(input, init))
      : wecomFetch,
    now,
    random,
    sleep,
    log,
    cache,
    seal: sealCached(vault),
  });
  const erp = config.erp.runFlow &&
    createErp({
      ...config.erp.runFlow,
      url: config.erp.runFlow.url.reveal(),
      timeZone: config.timeZone,
      fetch: doFetch,
      log,
    });

  const wait = options.sleep ?? sleep;
  const base = { sql, vault, cache, wecom, now, sleep: wait, uuid, log };
  const staff = createStaff({ ...base, adminUserIds: config.adminUserIds });
  const orders = createOrders({
    ...base,
    searching,
    staleReads,
    erp,
    spend: spending.erp,
  });
  const orderViews = createOrderViews(base);
  const matcher = createMatcher(base);
  const contactSync = createContactSync(base);
  const contacts = createContacts({ ...base, sync: contactSync, matcher });
  const intents: Intents = { find: (intentId) => findIntent(sql, intentId) };
  const nameTemplate = config.groupNameTemplate;
  const ground = groundOf(base);
  const groups = createGroups({ ...base, ground, nameTemplate });
  const settings = createSettings(base);
  const services: Services = {
    ...base,
    config,
    staleReads,
    replica,
    poolHealth,
    cacheHealth,
    sealer: createSealer(config, now),
    tries: createTries(now),
    staff,
    orders,
    orderViews,
    orderRows: createOrderRows({ ...base, orderViews }),
    contactSync,
    contacts,
    codes: createCodes(base),
    matcher,
    intents,
    groups,
    groupViews: createGroupViews({ ...base, groups, settings }),
    refusals: createRefusals(base),
    limits: createLimits(now),
    clientAddress: createClientAddress(config.proxies),
    cards: createCards({ wecom, config }),
    settings,
    // Its patience is WeCom's: it does not depend on how long pages wait.
    inbox: createInbox({ ...base, ground, sleep, random }),
    reconciler: createReconciler({ ...base, ground }),
    renewer: createRenewer(base),
    readiness: () => readiness(),
    sandbox,
    async cutWork() {
      await Promise.all([
        services.inbox.stop(),
        services.renewer.close(),
        services.reconciler.close(),
        services.codes.close(),
      ]);
    },
    async close() {
      await feed?.stop();
      await services.cutWork();
      await services.contactSync.close();
      await budget.close();
      await store.close();
    },
    hangUp: store.hangUp,
  };
  const readiness = createReadiness(readinessChecks(services), log);
  if (sandbox) {
    await seedDemo(services);
    emptyAtReset({ ...services, sleep: wait }, sandbox);
  }
  // A test that brings its own company decides itself what is pushed.
  const feed = sandbox && !options.sandbox
    ? await feedInbox(services, sandbox, random)
    : null;
  return services;
}

/** Finds the database to be this company's, and marks it. Throws `OwnerError`. */
async function takeOver(
  sql: Sql,
  config: Config,
  vault: Vault,
): Promise<void> {
  const owner = ownerOf(config);
  // The embedded database belongs to this process: nobody else migrates it.
  if (!config.databaseUrl) {
    await refuseStranger(sql, owner);
    await migrate(sql, await readMigrations());
  }
  await claimDatabase(sql, owner, vault);
}

let memo: Promise<Services> | undefined;

/** The process's services, made on first use; a failure is tried again. */
export function services(): Promise<Services> {
  // What runs in the background begins here, and ends with no request.
  return memo ??= apart(makeServices).catch((error) => {
    memo = undefined;
    throw error;
  });
}

/** The process's services if somebody needed them; makes none. */
export function openedServices(): Promise<Services> | null {
  return memo ?? null;
}

async function makeServices(): Promise<Services> {
  const services = await createServices(readConfig());
  const { inbox, sql, now } = services;
  exportWaiting(async () => {
    const [backlog, open] = await Promise.all([
      inbox.backlog(),
      countOpen(sql),
    ]);
    const { waiting, deadLetters, dueSince } = backlog;
    return {
      inboxWaiting: waiting,
      inboxDead: deadLetters,
      inboxAge: dueSince ? (now() - dueSince.getTime()) / 1_000 : 0,
      ...open,
    };
  });
  return services;
}

function elapsed(): number {
  return performance.now();
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
