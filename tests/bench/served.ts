/**
 * The product of a working tree as a process of its own, with the company of a
 * stub before it: what it costs in processor time and memory is read from Linux
 * (`/proc`). The tree may be another version: only the contract is used.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Secret } from "../../lib/config/secret.ts";
import { openDatabase } from "../../lib/store/database.ts";
import { order, PHONE, STAFF } from "../support/company.ts";
import { stubEnv, type StubWecom } from "../support/stub_wecom.ts";
import { Visitor } from "../support/visitor.ts";
import { createCluster, freePort } from "../storm/cluster.ts";

/** This one. */
export const HERE = fileURLToPath(new URL("../../", import.meta.url));
export const ORDER_PAGE = "/orders/O1/group";
const ERP_TOKEN = "erp-inbound-token-for-benches";
/** As `deno task start` runs it. */
const FLAGS = ["net", "env", "read", "write", "sys"]
  .map((one) => `--allow-${one}`);

export interface Served {
  pid: number;
  origin: string;
  /** From the command to the first answer of `/healthz`. */
  startMs: number;
  /** Processor time so far, of user and system; steps of 10 ms. */
  cpuMs(): Promise<number>;
  /** Resident memory of the process, and the most that it ever was. */
  memory(): Promise<{ rssMb: number; peakMb: number }>;
  /** Stops it; answers how long that took. */
  stop(): Promise<number>;
}

/** Runs `deno` in a tree to its end. Throws with what it said. */
export async function deno(
  tree: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    ...{ args, cwd: tree, clearEnv: true, env: withBasics(env) },
    stdin: "null",
  }).output();
  const said = [stdout, stderr].map((one) => new TextDecoder().decode(one));
  assert.ok(success, `deno ${args.join(" ")} in ${tree}: ${said.join("")}`);
}

function withBasics(env: Record<string, string>): Record<string, string> {
  const kept = ["PATH", "HOME", "DENO_DIR"].map((name) => [
    name,
    Deno.env.get(name) ?? "",
  ]).filter(([, value]) => value !== "");
  return { ...Object.fromEntries(kept), NO_COLOR: "1", ...env };
}

/** Serves a tree that is built. `env` comes on top of address and port. */
export async function serve(
  tree: string,
  env: Record<string, string>,
): Promise<Served> {
  const port = freePort();
  const origin = `http://localhost:${port}`;
  const began = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...FLAGS, "lib/tasks/serve.ts"],
    cwd: tree,
    clearEnv: true,
    env: withBasics({ PORT: String(port), PUBLIC_ORIGIN: origin, ...env }),
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const { pid } = child;
  await answers(`${origin}/healthz`, child);
  return {
    pid,
    origin,
    startMs: performance.now() - began,
    async cpuMs() {
      const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
      // The name, in parentheses, may have blanks; 14 and 15 are the times.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
    async memory() {
      const status = await Deno.readTextFile(`/proc/${pid}/status`);
      const mb = (name: string) =>
        Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) /
        1024;
      return { rssMb: mb("VmRSS"), peakMb: mb("VmHWM") };
    },
    async stop() {
      const asked = performance.now();
      child.kill("SIGTERM");
      await child.status;
      return performance.now() - asked;
    },
  };
}

/** Waits for the first answer with 200; throws when the process ends before. */
export async function answers(
  url: string,
  child: Deno.ChildProcess,
  withinMs = 120_000,
): Promise<void> {
  let over = false;
  void child.status.then(() => over = true);
  const deadline = performance.now() + withinMs;
  while (!over && performance.now() < deadline) {
    const up = await fetch(url).then(async (response) => {
      await response.body?.cancel();
      return response.ok;
    }).catch(() => false);
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  if (!over) child.kill("SIGKILL");
  throw new Error(`No answer from ${url}`);
}

/** Runs `fn` with so many empty databases on a real Postgres. */
export async function withPostgres<T>(
  many: number,
  fn: (urls: string[]) => Promise<T>,
): Promise<T> {
  const server = Deno.env.get("TEST_DATABASE_URL");
  if (server) return await withDatabases(server, many, fn);
  const cluster = await createCluster(freePort());
  await cluster.start();
  try {
    return await withDatabases(cluster.url, many, fn);
  } finally {
    await cluster.destroy();
  }
}

async function withDatabases<T>(
  server: string,
  many: number,
  fn: (urls: string[]) => Promise<T>,
): Promise<T> {
  const url = new Secret(server);
  const { sql, close } = await openDatabase({ url, dataDir: "", max: 1 });
  const names = Array.from(
    { length: many },
    () => `bench_${crypto.randomUUID().replaceAll("-", "")}`,
  );
  try {
    for (const name of names) await sql.unsafe(`create database ${name}`);
    return await fn(names.map((name) => {
      const url = new URL(server);
      url.pathname = `/${name}`;
      return url.href;
    }));
  } finally {
    for (const name of names) {
      await sql.unsafe(`drop database if exists ${name} with (force)`);
    }
    await close();
  }
}

/**
 * The variables of a product before the stub, with data of its own. The
 * directory is the caller's to remove.
 */
export function productEnv(
  stub: StubWecom,
  base: string,
  databaseUrl: string,
  directory: string,
): Record<string, string> {
  return {
    ...stubEnv(stub, base),
    DATABASE_URL: databaseUrl,
    DATA_DIR: directory,
    KV_PATH: `${directory}/kv.sqlite3`,
    ERP_INBOUND_TOKEN: ERP_TOKEN,
    SESSION_SECRET: "session-secret-for-benches-0123456789abc",
    DATA_KEY: "data-key-for-benches-0123456789abcdef0123",
  };
}

/** Staff and the order O1, as the ERP pushes them. */
export async function pushCompany(origin: string): Promise<void> {
  const bodies = { staff: { staff: STAFF }, orders: { orders: [order()] } };
  for (const [path, body] of Object.entries(bodies)) {
    const response = await fetch(`${origin}/api/erp/${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${ERP_TOKEN}`,
      },
      body: JSON.stringify(body),
    });
    assert.equal(response.status, 200, await response.text());
  }
}

/** d1, signed in, who follows the order's customer. */
export async function signIn(
  stub: StubWecom,
  origin: string,
): Promise<Visitor> {
  if (!stub.contacts.has("d1")) stub.follow("d1", "wm1", "王女士", [PHONE]);
  const code = crypto.randomUUID();
  stub.codes.set(code, { userid: "d1" });
  const visitor = new Visitor((request) => fetch(request), origin);
  const response = await visitor.signIn(code);
  await response.body?.cancel();
  assert.ok(visitor.cookies.size > 0, `Not signed in: ${response.status}`);
  return visitor;
}
