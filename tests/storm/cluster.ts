/**
 * A Postgres of the harness's own, with fsync on, that can be killed: SIGKILL
 * to the postmaster and to all its children, which is what a power cut or the
 * OOM killer does, and started again on the same data. Postgres refuses to run
 * as root, so there it runs as the user `postgres`.
 */
import { pause } from "./clock.ts";

export const BIN = "/usr/lib/postgresql/15/bin";

export interface Cluster {
  port: number;
  url: string;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** All that is in it, as SQL (`pg_dump`), while it runs. */
  dump(path: string): Promise<void>;
  /** Stops it in order and removes its files. */
  destroy(): Promise<void>;
}

export interface ClusterOptions {
  /** The address of a running one, to be a hot standby of. */
  primary?: string | undefined;
  /** With the memory that a company of a million orders gives to its server. */
  large?: boolean;
}

const SMALL = ["shared_buffers=64MB"];
const LARGE = [
  "shared_buffers=1GB",
  "maintenance_work_mem=256MB",
  "max_wal_size=8GB",
];

export async function createCluster(
  port: number,
  { primary, large = false }: ClusterOptions = {},
): Promise<Cluster> {
  const root = await Deno.makeTempDir({ prefix: "storm-pg-" });
  const asRoot = Deno.uid() === 0;
  if (asRoot) await run("chown", "postgres", root);
  const data = `${root}/data`;
  if (primary === undefined) {
    await run(
      ...owner(`${BIN}/initdb`),
      ...["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"],
      "--no-sync",
    );
  } else {
    await run(
      ...owner(`${BIN}/pg_basebackup`),
      ...["-d", primary, "-D", data, "-R", "-c", "fast", "--no-sync"],
    );
  }
  let server: Deno.ChildProcess | null = null;

  function owner(...command: [string, ...string[]]): [string, ...string[]] {
    return asRoot ? ["runuser", "-u", "postgres", "--", ...command] : command;
  }

  async function postmaster(): Promise<number | null> {
    const text = await Deno.readTextFile(`${data}/postmaster.pid`)
      .catch(() => "");
    return Number(text.split("\n")[0]) || null;
  }

  const cluster: Cluster = {
    port,
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async start() {
      const [command, ...args] = owner(`${BIN}/postgres`);
      server = new Deno.Command(command, {
        args: [
          ...args,
          ...["-D", data, "-p", String(port), "-k", root],
          ...["-c", "listen_addresses=127.0.0.1", "-c", "fsync=on"],
          ...["-c", "max_connections=60"],
          ...(large ? LARGE : SMALL).flatMap((setting) => ["-c", setting]),
        ],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      for (let turn = 0; turn < 300; turn++) {
        if (await answers()) return;
        await pause(50);
      }
      throw new Error("Postgres does not start");
    },
    async kill() {
      const pid = await postmaster();
      if (!server || pid === null) return;
      const children = await Deno.readTextFile(
        `/proc/${pid}/task/${pid}/children`,
      ).catch(() => "");
      const pids = [pid, ...children.split(" ").filter(Boolean).map(Number)];
      for (const one of pids) strike(one, "SIGKILL");
      await server.status;
      server = null;
    },
    async dump(path) {
      await run(
        ...[`${BIN}/pg_dump`, "-h", "127.0.0.1", "-p", String(port)],
        ...["-U", "postgres", "-f", path, "postgres"],
      );
    },
    async destroy() {
      const pid = await postmaster();
      if (server && pid !== null) {
        strike(pid, "SIGINT");
        await server.status;
      }
      await Deno.remove(root, { recursive: true });
    },
  };
  return cluster;

  async function answers(): Promise<boolean> {
    const [command, ...args] = [`${BIN}/pg_isready`, "-q", "-h", "127.0.0.1"];
    const { success } = await new Deno.Command(command ?? "", {
      args: [...args, "-p", String(port)],
    }).output();
    return success;
  }
}

function strike(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // It was gone already.
  }
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args })
    .output();
  if (!success) {
    throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
  }
}

/** A port that was free a moment ago. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
