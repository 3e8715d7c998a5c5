/**
 * One run: people and weather are let loose on the stage, it calms down,
 * everybody comes back, the nightly run goes by, and our record is compared
 * with the world.
 */
import { pushCallbacks } from "../../lib/sandbox/callbacks.ts";
import type { Sql } from "../../lib/store/database.ts";
import { createClock } from "./clock.ts";
import { type Company, createCompany } from "./company.ts";
import {
  compareContacts,
  type Compared,
  compareGroups,
  type Difference,
  droppedContacts,
} from "./compare.ts";
import { createCrowd } from "./crowd.ts";
import { createDice, type Dice } from "./dice.ts";
import { count, createLedger, type Ledger } from "./ledger.ts";
import type { Network } from "./network.ts";
import type { Plant } from "./plants.ts";
import { createStage, ERP_TOKEN, type Stage } from "./stage.ts";
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
  seconds: number;
  /** Where logs and data are. */
  kept: string | null;
}

/** Shares of WeCom's events. */
const MISHAPS = { twice: 0.15, late: 0.2, lost: 0.2 };
/** Longer than any lease or search. */
const EVERYTHING_OVER_MS = 35 * 60_000;

/** `interrupted` rejects when the run must end before its time. */
export async function runStorm(
  options: StormOptions,
  say: (line: string) => void,
  interrupted: Promise<never>,
): Promise<StormReport> {
  const began = Date.now();
  const dice = createDice(options.seed);
  const clock = createClock();
  const diary: string[] = [];
  const ledger = createLedger((line) =>
    diary.push(`${new Date(clock.now()).toISOString()} ${line}`)
  );
  const company = createCompany(options.orders, dice.fork("company"));
  const stage = await createStage({ ...options, clock, company, dice });
  const tell = (line: string) =>
    say(`[${Math.round((Date.now() - began) / 1000)} s] ${line}`);
  let keep = true;
  try {
    const play = perform(stage, company, ledger, dice, options, tell);
    const compared = await Promise.race([play, interrupted]);
    const { differences } = compared;
    keep = options.keep || differences.length > 0;
    if (keep) {
      const text = diary.join("\n");
      await Deno.writeTextFile(`${stage.directory}/diary.log`, text);
    }
    const seconds = Math.round((Date.now() - began) / 1000);
    const kept = keep ? stage.directory : null;
    return { ...compared, options, ledger, seconds, kept };
  } finally {
    await stage.close(keep);
  }
}

async function perform(
  stage: Stage,
  company: Company,
  ledger: Ledger,
  dice: Dice,
  options: StormOptions,
  tell: (line: string) => void,
): Promise<Compared> {
  const { world, instances, wires } = stage;
  const network: Network = {
    origin: stage.origin,
    ports: instances.map((one) => one.port),
    stormy: false,
    ledger,
  };
  await stage.startAll();
  await push(network, company);
  world.on((event) => ledger.diary(JSON.stringify(event)));
  const crowd = createCrowd({ network, company, ledger, world, dice });
  tell(`${company.orders.length} orders, the storm begins`);
  await weather(
    stage,
    company,
    ledger,
    network,
    dice,
    options.kills,
    crowd,
    tell,
  );
  tell(`calm, ${crowd.open().length} orders still open`);

  for (const one of instances) await one.ready(60_000);
  await crowd.comeBack();
  await stage.stopAll();
  const dropped = await stage.withDatabase((sql) =>
    droppedContacts(sql, world)
  );
  await stage.sleepOver(EVERYTHING_OVER_MS);
  await crowd.comeBack();
  tell(`everybody came back, ${crowd.open().length} orders still open`);

  await stage.stopAll();
  const night = await stage.reconcile();
  tell(`reconciled with exit ${night.code}`);
  if (night.code !== 0) tell(night.text);
  await stage.startAll();
  await crowd.lookAgain();
  await stage.stopAll();

  for (const [kind, times] of world.faults.counts) {
    count(ledger.faults, `WeCom ${kind}`, times);
  }
  const cuts = wires.wecom.cuts + (wires.database?.cuts ?? 0);
  count(ledger.faults, "wire cut", cuts);
  return await stage.withDatabase(async (sql) => {
    const groups = await compareGroups(sql, world, company, ledger);
    const contacts = await compareContacts(sql, stage.vault, world, company);
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
    if (options.keep || differences.length > 0) {
      await dump(sql, stage.directory);
    }
    return { ...groups, contacts: contacts.contacts, differences };
  });
}

/** The storm from its first gust to the end of its last. */
async function weather(
  stage: Stage,
  company: Company,
  ledger: Ledger,
  network: Network,
  dice: Dice,
  kills: boolean,
  crowd: ReturnType<typeof createCrowd>,
  tell: (line: string) => void,
): Promise<void> {
  const own = dice.fork("events");
  const events = pushCallbacks({
    sandbox: stage.sandbox,
    url: `${stage.origin}/api/wecom/callback`,
    // To one instance or the other.
    fetch: (input, init) => {
      const { pathname, search } = new URL(String(input));
      const host = `http://127.0.0.1:${own.pick(network.ports)}`;
      return fetch(host + pathname + search, init);
    },
    now: stage.clock.now,
    random: own.next,
    log: () => {},
    ...MISHAPS,
  });
  const storm = startStorm({ stage, network, company, ledger, dice, kills });
  const ticker = setInterval(
    () => tell(`${ledger.seen.size} groups seen`),
    15_000,
  );
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
}

/** Our record as it was, beside the diary. */
async function dump(sql: Sql, directory: string): Promise<void> {
  for (const table of ["audit_log", "group_intent", "chat", "contact_sync"]) {
    const rows = await sql`select * from ${sql(table)}`;
    const text = rows.map((row) => JSON.stringify(row)).join("\n");
    await Deno.writeTextFile(`${directory}/${table}.jsonl`, text);
  }
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
