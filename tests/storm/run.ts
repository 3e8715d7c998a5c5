/**
 * One run: people and weather are let loose on the stage, it calms down,
 * everybody comes back, the nightly runs go by, and our record is compared with
 * the world.
 */
import { lookAndLose } from "./aftermath.ts";
import { createClock } from "./clock.ts";
import { type Company, createCompany, planDigest } from "./company.ts";
import { compareGroups, type Difference, type Groups } from "./compare.ts";
import {
  compareContacts,
  droppedContacts,
  vanishedContacts,
} from "./compare_contacts.ts";
import { compareEvents } from "./compare_events.ts";
import { compareMirror, droppedGroups } from "./compare_mirror.ts";
import { compareMisled } from "./compare_told.ts";
import { compareAudit, compareEnds, endedRuns } from "./compare_trace.ts";
import { createCrowd, type Crowd } from "./crowd.ts";
import { createDice, type Dice } from "./dice.ts";
import { push } from "./erp.ts";
import { compareHistory, keepHistory } from "./history.ts";
import { keepRun, keepTables } from "./keep.ts";
import { count, createLedger, type Ledger } from "./ledger.ts";
import { type Mail, openMail } from "./mail.ts";
import type { Network } from "./network.ts";
import type { Story } from "./plan.ts";
import type { Plant } from "./plants.ts";
import { isSound } from "./report.ts";
import { createStage, type Stage } from "./stage.ts";
import { startStorm, type Storm } from "./weather.ts";

export interface StormOptions {
  orders: number;
  instances: number;
  database: "postgres" | "pglite";
  seed: number;
  plants: readonly Plant[];
  /** False: only the network and WeCom misbehave. */
  kills: boolean;
  /** Keep logs and data of a sound run too. */
  keep: boolean;
  /** What every order lives through; null: each its own. */
  story: Story | null;
  /** Where logs and data go; null: a new directory. */
  directory: string | null;
}

export interface Compared extends Groups {
  contacts: number;
  groups: number;
  stays: number;
  unknowable: number;
  /** Comparisons by how they ended. */
  runs: string;
}

export interface StormReport extends Compared {
  options: StormOptions;
  ledger: Ledger;
  /** Of what people will do: the same for the same seed. */
  plan: string;
  seconds: number;
  /** Where logs and data are. */
  kept: string | null;
}

/** Longer than any lease or search. */
const EVERYTHING_OVER_MS = 35 * 60_000;
/** Longer than the turns in which the nightly run reads every group again. */
const EVERY_TURN_OVER_MS = 9 * 24 * 60 * 60_000;

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
  const company = createCompany(
    options.orders,
    dice.fork("company"),
    options.story,
  );
  const plan = await planDigest(company);
  const stage = await createStage({ ...options, clock, company, dice });
  const tell = (line: string) =>
    say(`[${Math.round((Date.now() - began) / 1000)} s] ${line}`);
  let keep = true;
  let differences: readonly Difference[] | null = null;
  try {
    const play = perform(stage, company, ledger, dice, options, tell);
    const compared = await Promise.race([play, interrupted]);
    differences = compared.differences;
    keep = options.keep || !isSound({ options, ledger, differences });
    const seconds = Math.round((Date.now() - began) / 1000);
    const kept = keep ? stage.directory : null;
    return { ...compared, options, ledger, plan, seconds, kept };
  } finally {
    if (keep) {
      const run = { options, plan, company, ledger, diary, differences };
      await keepRun(stage.directory, run);
    }
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
  const { world, instances, wires, sandbox, clock } = stage;
  const network: Network = {
    origin: stage.origin,
    ports: instances.map((one) => one.port),
    stormy: false,
    ledger,
    astray: new Set(),
  };
  await stage.startAll();
  await push(network, company);
  const history = keepHistory(world);
  world.on((event) => ledger.diary(JSON.stringify(event)));
  const crowd = createCrowd({ network, company, ledger, world, dice });
  const mail = openMail({ sandbox, network, ledger, dice, now: clock.now });
  tell(`${company.orders.length} orders, the storm begins`);
  const { kills } = options;
  const storm = {
    stage,
    network,
    company,
    ledger,
    history,
    crowd,
    dice,
    kills,
  };
  await weather(storm, crowd, mail, tell);
  tell(`calm, ${crowd.open().length} orders still open`);

  for (const one of instances) await one.ready(60_000);
  await crowd.comeBack();
  await stage.stopAll();
  const dropped = await stage.withDatabase(async (sql) => [
    ...await droppedContacts(sql, world),
    ...await droppedGroups(sql, world),
  ]);
  stage.jump(EVERYTHING_OVER_MS);
  if (crowd.open().length > 0) {
    await stage.startAll();
    await crowd.comeBack();
    await stage.stopAll();
  }
  tell(`everybody came back, ${crowd.open().length} orders still open`);

  const failed = await nights(stage, 1, tell);
  const { shown, untold } = await lookAndLose({
    ...{ stage, crowd, company, ledger, tell },
    sleepMs: EVERYTHING_OVER_MS,
  });
  stage.jump(EVERY_TURN_OVER_MS);
  failed.push(...await nights(stage, 2, tell));

  for (const [kind, times] of world.faults.counts) {
    count(ledger.faults, `WeCom ${kind}`, times);
  }
  for (const wire of [wires.wecom, wires.database]) {
    if (!wire) continue;
    count(ledger.faults, `connection to ${wire.name} cut`, wire.cuts);
  }
  return await stage.withDatabase(async (sql) => {
    const groups = await compareGroups(sql, world, company, ledger, shown);
    const mirror = await compareMirror(sql, world, company);
    const stays = await compareHistory(sql, world, history, mail.told);
    const contacts = await compareContacts(sql, stage.vault, world, company);
    const differences = [
      ...groups.differences,
      ...dropped,
      ...vanishedContacts(ledger.vanished),
      ...contacts.differences,
      ...mirror.differences,
      ...stays.differences,
      ...untold,
      ...compareMisled(ledger),
      ...await compareEvents(sql, ledger),
      ...await compareAudit(sql, world),
      ...await compareEnds(sql),
      ...failed,
      ...crashed(stage),
    ];
    if (options.keep || !isSound({ options, ledger, differences })) {
      await keepTables(sql, stage.directory);
    }
    const runs = await endedRuns(sql);
    return { ...stays, ...mirror, ...contacts, ...groups, runs, differences };
  });
}

/** The storm from its first gust to the end of its last. */
async function weather(
  parts: Storm,
  crowd: Crowd,
  mail: Mail,
  tell: (line: string) => void,
): Promise<void> {
  const { ledger, network } = parts;
  const storm = startStorm(parts);
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
    await mail.stop();
    await Promise.all(network.astray);
  }
}

/** `deno task sync` must come to its end when nothing is wrong any more. */
async function nights(
  stage: Stage,
  number: number,
  tell: (line: string) => void,
): Promise<Difference[]> {
  const { code, text } = await stage.reconcile();
  tell(`reconciled with exit ${code}`);
  if (code === 0) return [];
  return [{ kind: "crash", subject: `night ${number}`, detail: text }];
}

function crashed({ instances }: Stage): Difference[] {
  return instances.flatMap(({ port, crashes }) =>
    crashes.map((detail) => ({
      kind: "crash",
      subject: `instance on ${port}`,
      detail,
    }))
  );
}
