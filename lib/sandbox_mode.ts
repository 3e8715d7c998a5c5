/**
 * Sandbox mode: the simulated company in place of WeCom, its pushes into the
 * inbox, and the ERP's side of it. The sandbox's own modules are loaded here
 * only, and only when they are wanted.
 */
import { type Config, Secret } from "./config/mod.ts";
import type { Log } from "./http/log.ts";
import { receivePush } from "./inbox/receive_callback.ts";
import type { Sandbox } from "./sandbox/mod.ts";
import type { Inbox } from "./inbox/mod.ts";
import type { Orders } from "./orders/orders.ts";
import { emptySandbox } from "./owner/empty_sandbox.ts";
import type { Staff } from "./staff/staff.ts";
import type { Sql } from "./store/database.ts";
import { apart } from "./store/deadline.ts";
import { createCallbackCrypto } from "./wecom/callback/crypto.ts";

/** The world as it was left: its journal is replayed. */
export async function openSandbox(
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
export async function feedInbox(
  { inbox, log, now }: { inbox: Inbox; log: Log; now: () => number },
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
      receivePush({ crypto, inbox, now, log }, new Request(input, init)),
    now,
    random,
    log,
  });
}

/** When the company starts anew, the product's records of it do. */
export function emptyAtReset(
  services: {
    sql: Sql;
    sleep: (ms: number) => Promise<void>;
    staff: Staff;
    orders: Orders;
    now: () => number;
  },
  sandbox: Sandbox,
): void {
  sandbox.followReset((restart) =>
    // Cut halfway it would leave no orders.
    apart(async () => {
      const emptied = await emptySandbox(services);
      if (emptied !== "done") return emptied;
      restart();
      await seedDemo(services);
      return emptied;
    })
  );
}

/** The ERP's side of the simulated company: its staff and orders. */
export async function seedDemo(
  { staff, orders, sql, now }: {
    staff: Staff;
    orders: Orders;
    sql: Sql;
    now: () => number;
  },
): Promise<void> {
  const [any] = await sql`select 1 from customer_order limit 1`;
  if (any) return;
  const { demoOrders, demoStaff } = await import("./sandbox/seed.ts");
  await staff.upsert({ staff: demoStaff() });
  await orders.upsert(demoOrders(now()));
}
