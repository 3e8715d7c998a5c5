/**
 * A PgBouncer in transaction mode before a Postgres: each transaction gets
 * another server connection, so whatever belongs to a session gets lost. It knows
 * every database of the server, and refuses to run as root.
 */
import { freePort } from "../storm/cluster.ts";

export interface Pooler {
  port: number;
  stop(): Promise<void>;
}

export interface PoolerOptions {
  /** Server connections for each database. */
  transactions?: number;
  /** Settings that are taken when a connection starts, and not kept. */
  ignore?: readonly string[];
}

/** Whether this machine has one (Debian's package `pgbouncer`). */
export const hasPooler: boolean = await exists("/usr/sbin/pgbouncer");

/** `server`: the address of Postgres. */
export async function startPooler(
  server: string,
  { transactions = 3, ignore = [] }: PoolerOptions = {},
): Promise<Pooler> {
  const { hostname, port, username } = new URL(server);
  const own = freePort();
  const directory = await Deno.makeTempDir({ prefix: "pooler-" });
  const config = `${directory}/pgbouncer.ini`;
  await Deno.writeTextFile(
    config,
    `[databases]
* = host=${hostname} port=${port} user=${username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${transactions}
max_client_conn = 200
ignore_startup_parameters = ${ignore.join(",")}
`,
  );
  const asRoot = Deno.uid() === 0;
  if (asRoot) await run("chown", "-R", "postgres", directory);
  const [command, ...args] = [
    ...(asRoot ? ["setpriv", "--reuid=postgres", "--clear-groups"] : []),
    ...["/usr/sbin/pgbouncer", "--quiet", config],
  ];
  const process = new Deno.Command(command ?? "", {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  while (!await answers(own)) await new Promise((go) => setTimeout(go, 20));
  return {
    port: own,
    async stop() {
      process.kill("SIGKILL");
      await process.status;
      await Deno.remove(directory, { recursive: true });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

async function run(command: string, ...args: string[]): Promise<void> {
  await new Deno.Command(command, { args }).output();
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}
