/**
 * `deno task start`, after the build: checks the configuration (one list of
 * everything that is wrong, exit 1), migrates, serves, prints the address.
 * At SIGINT and SIGTERM it stops listening; `main.ts` ends the rest in order.
 */
import { config } from "../config/mod.ts";
import { ownerOf } from "../owner/owner.ts";
import { services } from "../services.ts";
import { insist } from "./insist.ts";
import { applyMigrations } from "./migrate.ts";
import { say, tellFailure } from "./terminal.ts";

async function serve(): Promise<void> {
  const { host, port, publicOrigin, databaseUrl, mode } = config();
  await insist(async () => {
    if (databaseUrl) await applyMigrations(databaseUrl, ownerOf(config()));
    await services();
  });
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
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => void server.shutdown());
  }
}

if (import.meta.main) {
  try {
    await serve();
  } catch (error) {
    tellFailure("start.failed", error);
    Deno.exit(1);
  }
}
