/**
 * `deno task relay`: the forwarding service, on the host whose address WeCom
 * trusts. It needs `RELAY_SECRET` and nothing of WeCom's; `docs/relay.md` says how
 * to run it. At SIGINT and SIGTERM it stops listening and answers what is under way.
 */
import { processEnvironment } from "../config/mod.ts";
import { readRelayConfig } from "../config/relay.ts";
import { createLog } from "../http/log.ts";
import { createRelay } from "../relay/relay.ts";
import { say, tellFailure } from "./terminal.ts";

/** Requests under way are given so long to end. */
const PATIENCE_MS = 4_000;

function relay(): void {
  const { host, port, secrets, upstream } = readRelayConfig(processEnvironment);
  const log = createLog();
  const handle = createRelay({ secrets, upstream, fetch, now: Date.now, log });
  const server = Deno.serve({
    hostname: host,
    port,
    onListen: () => say(`转发服务在 ${host}:${port}，转到 ${upstream}`),
    onError(error) {
      log("error", "relay.failed", { error });
      return Response.json({ error: "internal" }, { status: 500 });
    },
  }, handle);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      void server.shutdown().then(() => Deno.exit());
      Deno.unrefTimer(setTimeout(() => Deno.exit(), PATIENCE_MS));
    });
  }
}

if (import.meta.main) {
  try {
    relay();
  } catch (error) {
    tellFailure("relay.failed", error);
    Deno.exit(1);
  }
}
