/**
 * `deno task doctor`: asks WeCom, the database and our own address whether all is
 * set up, and says of each what is wrong, where it is mended and by whom. Exit 1 if
 * anything is missing. `--list` names the checks, names behind it choose some,
 * `--json` is for programs, `--share` leaves ids out. It changes nothing.
 */
import { parseArgs } from "node:util";
import {
  type Config,
  ConfigError,
  processEnvironment,
  readConfig,
  seeLocalSecret,
} from "../config/mod.ts";
import { type Line, Skipped } from "../doctor/check.ts";
import { CHECKS, examine, isIll, tell } from "../doctor/doctor.ts";
import type { DoctorParts } from "../doctor/parts.ts";
import { silentLog } from "../http/log.ts";
import { createSignedFetch } from "../relay/signed_fetch.ts";
import { createMemoryCache } from "../store/cache_memory.ts";
import { createKvCache } from "../store/cache_kv.ts";
import { createPostgresCache } from "../store/cache_postgres.ts";
import { type Database, openDatabase } from "../store/database.ts";
import { openKv } from "../store/kv.ts";
import { createVault } from "../store/vault.ts";
import { unrecorded } from "../telemetry/trace.ts";
import { createWecomClient } from "../wecom/mod.ts";
import { say, tellFailure } from "./terminal.ts";

const PATIENCE_MS = 20_000;

/** Opened for this look alone; what a running server owns is left alone. */
function open(config: Config): { parts: DoctorParts; close(): Promise<void> } {
  const now = Date.now;
  const { databaseUrl: url, dataDir, wecom } = config;
  const closing: (() => unknown)[] = [];
  const plain: typeof fetch = (...asked) => unrecorded(() => fetch(...asked));
  let database: Promise<Database> | undefined;

  async function sql() {
    if (!url) {
      throw new Skipped(
        "内置数据库属于正在运行的服务，请在页面 /admin/doctor 上看",
      );
    }
    database ??= openDatabase({ url, dataDir, max: 2 });
    const opened = await database;
    return opened.sql;
  }

  async function cache() {
    if (config.cacheStore === "postgres") {
      return createPostgresCache({ sql: await sql(), now });
    }
    if (config.mode === "sandbox") throw new Skipped("沙箱的缓存不用检查");
    const deps = { now, random: Math.random, sleep, log: silentLog };
    const kv = await openKv(config.kvPath, deps);
    closing.push(() => kv.close());
    return createKvCache({ ...deps, kv });
  }

  const client = createWecomClient({
    ...wecom,
    fetch: wecom.relaySecret
      ? createSignedFetch({ fetch: plain, secret: wecom.relaySecret, now })
      : plain,
    now,
    random: Math.random,
    sleep,
    log: silentLog,
    cache: createMemoryCache({ now }),
  });
  return {
    parts: {
      config,
      sql,
      cache,
      wecom: config.mode === "sandbox" ? NOBODY : client,
      vault: createVault(config.dataKey, config.dataKeyPrevious),
      fetch: plain,
      now,
    },
    async close() {
      for (const end of closing) await end();
      await (await database?.catch(() => undefined))?.close();
    },
  };
}

const skip = () =>
  Promise.reject(
    new Skipped("沙箱模式没有真实的企业微信，请在页面 /admin/doctor 上看"),
  );
/** Stands for the simulated company, which lives in the server's process. */
const NOBODY: DoctorParts["wecom"] = { call: skip, ready: skip, ticket: skip };

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The configuration comes first: without it there is nothing to ask. */
function configuration(): { config: Config | null; lines: Line[] } {
  const line = { name: "configuration", title: "环境变量" };
  try {
    const config = readConfig(processEnvironment, seeLocalSecret);
    return { config, lines: [{ ...line, state: "ok", cause: "完整" }] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const lines = error.problems.map(({ name, problem }) => ({
      ...line,
      state: "failed" as const,
      cause: `${name} ${problem}`,
      who: "部署运维",
    }));
    return { config: null, lines };
  }
}

async function doctor(args: string[]): Promise<boolean> {
  const flag = { type: "boolean", default: false } as const;
  const { values, positionals } = parseArgs({
    args,
    options: { list: flag, json: flag, share: flag },
    allowPositionals: true,
  });
  const known = ["configuration", ...CHECKS.map(({ name }) => name)];
  if (values.list) {
    say(`configuration  环境变量`);
    for (const { name, title } of CHECKS) say(`${name}  ${title}`);
    return true;
  }
  const strange = positionals.find((name) => !known.includes(name));
  if (strange !== undefined) {
    const error = `没有这项检查：${strange}。全部检查：deno task doctor --list`;
    say(
      values.json
        ? JSON.stringify({ ok: false, error, checks: [] }, null, 2)
        : error,
    );
    return false;
  }
  const { config, lines } = configuration();
  const asked = positionals.filter((name) => name !== "configuration");
  if (config && (positionals.length === 0 || asked.length > 0)) {
    const { parts, close } = open(config);
    try {
      lines.push(...await examine(parts, PATIENCE_MS, asked));
    } finally {
      await close();
    }
  }
  const shown = positionals.length === 0 || !config
    ? lines
    : lines.filter(({ name }) => positionals.includes(name));
  if (values.json) {
    const told = shown.map(({ detail, ...line }) =>
      values.share || !detail ? line : { ...line, detail }
    );
    say(JSON.stringify({ ok: !isIll(shown), checks: told }, null, 2));
  } else {
    for (const line of shown.flatMap((one) => tell(one, values.share))) {
      say(line);
    }
  }
  return !isIll(shown);
}

if (import.meta.main) {
  try {
    if (!await doctor(Deno.args)) Deno.exit(1);
    // Nothing that is still waited for keeps it.
    Deno.exit(0);
  } catch (error) {
    tellFailure("doctor.failed", error);
    Deno.exit(1);
  }
}
