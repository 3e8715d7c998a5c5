/**
 * `deno task start`, after the build: checks the configuration (one list of
 * everything that is wrong, exit 1), migrates, serves, prints the address.
 * SIGINT and SIGTERM end it in order, within the 5 s that platforms give.
 */
import { config } from "../config/mod.ts";
import { ownerOf } from "../owner/owner.ts";
import { schedule } from "../schedule.ts";
import { services } from "../services.ts";
import { applyMigrations } from "./migrate.ts";
import { say, tellFailure } from "./terminal.ts";

async function serve(): Promise<void> {
  const { host, port, publicOrigin, databaseUrl, mode } = config();
  if (databaseUrl) await applyMigrations(databaseUrl, ownerOf(config()));
  const started = await services();
  const built: { default: { fetch: Deno.ServeHandler } } = await import(
    new URL("../../_fresh/server.js", import.meta.url).href
  );
  const server = Deno.serve({
    hostname: host,
    port,
    onListen() {
      say(`\n  打开 ${publicOrigin}`);
      if (mode === "sandbox") {
        say("  沙箱模式：模拟的企业微信，数据都是编的，无需任何配置\n");
      }
    },
  }, built.default.fetch);
  const stopping = new AbortController();
  schedule(stopping.signal);
  const stop = () => {
    stopping.abort();
    // A page that is told of the progress would hold the shutdown until its end.
    void started.contactSync.close();
    // So would WeCom's push that could not be stored.
    void started.inbox.stop();
    return server.shutdown();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, stop);
  }
  await server.finished;
  await started.close();
}

if (import.meta.main) {
  try {
    await serve();
  } catch (error) {
    tellFailure("start.failed", error);
    Deno.exit(1);
  }
}
