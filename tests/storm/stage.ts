/**
 * Everything a run stands on: the simulated company on a port, a database, the
 * wires between them and the instances, and the instances. All of it belongs to
 * the run and is gone afterwards.
 */
import { Secret } from "../../lib/config/secret.ts";
import type { Sandbox, World } from "../../lib/sandbox/mod.ts";
import { serveSandbox } from "../../lib/sandbox/server.ts";
import { openDatabase, type Sql } from "../../lib/store/database.ts";
import { createVault, type Vault } from "../../lib/store/vault.ts";
import { type Clock, createClock, pause, skewModule } from "./clock.ts";
import { type Cluster, createCluster, freePort } from "./cluster.ts";
import type { Company } from "./company.ts";
import { type Cutter, serveCutter } from "./cutter.ts";
import type { Dice } from "./dice.ts";
import { withSmallPages } from "./pages.ts";
import type { Plant } from "./plants.ts";
import {
  createInstance,
  type Instance,
  prepareProduct,
  runTask,
} from "./product.ts";

export const ERP_TOKEN = "erp-token-of-the-storm";
const DATA_KEY = "data-key-of-the-storm-0123456789abcdef";
/** Clocks of the instances against the world's, ms. */
export const SKEWS = [3_000, -2_000, 5_000] as const;
const PATIENCE_MS = 60_000;

export interface Stage {
  /** Logs and data of the run. */
  directory: string;
  /** Origin that people and WeCom see. */
  origin: string;
  wecomOrigin: string;
  clock: Clock;
  sandbox: Sandbox;
  world: World;
  cluster: Cluster | null;
  wires: { database: Cutter | null; wecom: Cutter };
  instances: readonly Instance[];
  vault: Vault;
  startAll(): Promise<void>;
  /** SIGKILL to all of them. */
  stopAll(): Promise<void>;
  /** Time passes while nobody is there, and nobody comes back. */
  jump(ms: number): void;
  /** Time passes while nobody is there. */
  sleepOver(ms: number): Promise<void>;
  /** `deno task sync`, while the instances are down. */
  reconcile(): Promise<{ code: number; text: string }>;
  /** Reads our record, while the instances are down. */
  withDatabase<T>(read: (sql: Sql) => Promise<T>): Promise<T>;
  /** The server ends every session, so many times within a second. */
  endSessions(times: number): Promise<void>;
  /** Ends everything; the directory, with the database, stays if `keep`. */
  close(keep: boolean): Promise<void>;
}

export async function createStage(options: {
  clock?: Clock;
  company: Company;
  instances: number;
  database: "postgres" | "pglite";
  plants: readonly Plant[];
  dice: Dice;
  /** Where logs and data go; a new one unless told. */
  directory?: string | null;
}): Promise<Stage> {
  const { company, dice, clock = createClock() } = options;
  const directory = options.directory ??
    await Deno.makeTempDir({ prefix: "storm-" });
  await Deno.mkdir(directory, { recursive: true });
  const app = await prepareProduct(directory, options.plants);
  const origin = `http://localhost:${freePort()}`;
  const wecom = await serveSandbox({
    now: clock.now,
    random: dice.fork("wecom").next,
    publicOrigin: origin,
    seed: company.seed,
  });
  const { sandbox } = wecom;
  sandbox.api = withSmallPages(sandbox.api, company.groupsAPage);
  const wecomWire = serveCutter(
    "WeCom",
    Number(new URL(wecom.origin).port),
    dice.fork("wire to wecom"),
  );
  const cluster = options.database === "postgres"
    ? await createCluster(freePort())
    : null;
  await cluster?.start();
  const databaseWire = cluster &&
    serveCutter("database", cluster.port, dice.fork("wire to database"));

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
    WECOM_CALLBACK_TOKEN: sandbox.callbackToken,
    WECOM_CALLBACK_AES_KEY: sandbox.callbackAesKey,
    SESSION_SECRET: "session-secret-of-the-storm-0123456789",
    DATA_KEY,
    ERP_INBOUND_TOKEN: ERP_TOKEN,
    CACHE_STORE: "postgres",
  };
  if (databaseWire) {
    env.DATABASE_URL =
      `postgres://postgres@127.0.0.1:${databaseWire.port}/postgres`;
  }
  const instances = Array.from({ length: options.instances }, (_, n) => {
    const name = `instance-${n}`;
    return createInstance({ directory, name, port: freePort(), app, env });
  });

  const stage: Stage = {
    directory,
    origin,
    wecomOrigin: wecom.origin,
    clock,
    sandbox,
    world: sandbox.world,
    cluster,
    wires: { database: databaseWire, wecom: wecomWire },
    instances,
    vault: createVault(new Secret(DATA_KEY)),

    async startAll() {
      await Promise.all(
        instances.map((one, n) =>
          one.start(clock.ahead + (SKEWS[n % SKEWS.length] ?? 0))
        ),
      );
      for (const one of instances) {
        if (!await one.ready(PATIENCE_MS)) {
          throw new Error("An instance does not start");
        }
      }
    },
    async stopAll() {
      await Promise.all(instances.map((one) => one.stop()));
    },
    jump: (ms) => clock.jump(ms),
    async sleepOver(ms) {
      await stage.stopAll();
      clock.jump(ms);
      await stage.startAll();
    },
    async reconcile() {
      const path = `${directory}/task.clock.ts`;
      await Deno.writeTextFile(path, skewModule(clock.ahead + SKEWS[0]));
      return await runTask(app, "lib/tasks/sync.ts", { ...env, clock: path });
    },
    async withDatabase(read) {
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
    },
    endSessions: (times) =>
      stage.withDatabase(async (sql) => {
        for (let time = 0; time < times; time++) {
          await sql`
            select pg_terminate_backend(pid) from pg_stat_activity
            where backend_type = 'client backend' and pid <> pg_backend_pid()`;
          await pause(1_000 / times);
        }
      }),
    async close(keep) {
      await stage.stopAll();
      await wecomWire.stop();
      await databaseWire?.stop();
      await wecom.shutdown();
      // The embedded one lies in the directory already.
      if (keep) {
        await cluster?.dump(`${directory}/database.sql`).catch(() => {});
      }
      await cluster?.destroy();
      if (!keep) await Deno.remove(directory, { recursive: true });
    },
  };
  return stage;
}
