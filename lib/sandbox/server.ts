/**
 * The sandbox on a port of its own: qyapi under /cgi-bin/, pages under /sandbox/.
 * For tests and harnesses that run the product as a separate process; they keep
 * the world in their hands through `sandbox`.
 */
import type { Log } from "../http/log.ts";
import { createSandbox, type Sandbox, type SandboxDeps } from "./mod.ts";

export interface ServeOptions extends Partial<SandboxDeps> {
  /** 0, the default, lets the system choose. */
  port?: number;
  hostname?: string;
}

export interface SandboxServer extends AsyncDisposable {
  /** Without a slash at the end. */
  origin: string;
  sandbox: Sandbox;
  shutdown(): Promise<void>;
}

const silent: Log = () => {};

export async function serveSandbox(
  options: ServeOptions = {},
): Promise<SandboxServer> {
  const { port = 0, hostname = "127.0.0.1", log = silent, ...rest } = options;
  const abort = new AbortController();
  const late: { sandbox?: Sandbox } = {}; // known only once the port is
  const server = Deno.serve({
    port,
    hostname,
    signal: abort.signal,
    onListen: () => {},
    onError: (error) => {
      log("warn", "sandbox_request_failed", { error: String(error) });
      return new Response("", { status: 502 });
    },
  }, async (request) => {
    const { sandbox } = late;
    if (!sandbox) return new Response("", { status: 503 });
    return await sandbox.pages(request) ?? await sandbox.api(request);
  });
  const origin = `http://${hostname}:${server.addr.port}`;
  const sandbox = late.sandbox = createSandbox({
    now: Date.now,
    random: Math.random,
    publicOrigin: origin,
    ...rest,
    log,
  });
  await sandbox.ready;
  const shutdown = async () => {
    abort.abort(); // does not wait for calls that a fault keeps hanging
    await server.finished;
  };
  return { origin, sandbox, shutdown, [Symbol.asyncDispose]: shutdown };
}
