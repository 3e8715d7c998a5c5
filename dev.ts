/**
 * `deno run dev.ts build` writes `_fresh/`; without an argument it serves the app
 * in development (with `--watch`, open pages reload on change). The target is
 * ES2020 with class fields, of 2020 and 2021: WeCom's webviews on Android and on
 * desktops are Chromium, those on iOS are the system's. Older targets cost
 * 250 bytes, and the page has 23 KB.
 */
import { Builder } from "fresh/dev";
import { markBuilt } from "./lib/tasks/built.ts";
import { changedLately } from "./lib/tasks/changed_lately.ts";
import { buildStyles } from "./lib/ui/build_styles.ts";

/** As `deno task dev` names them to the watcher. */
const WATCHED = ["routes", "islands", "static", "lib"];

const builder = new Builder({ target: ["chrome84", "safari14.1"] });

if (Deno.args[0] === "build") {
  await markBuilt(import.meta.dirname ?? ".", async () => {
    await buildStyles();
    await builder.build();
  });
} else {
  await buildStyles();
  const { tellFailure } = await import("./lib/tasks/terminal.ts");
  try {
    await serve();
  } catch (error) {
    tellFailure("dev.failed", error);
    Deno.exit(1);
  }
}

async function serve(): Promise<void> {
  const { config } = await import("./lib/config/mod.ts");
  const { ownerOf } = await import("./lib/owner/owner.ts");
  const { services } = await import("./lib/services.ts");
  const { applyMigrations } = await import("./lib/tasks/migrate.ts");
  const { host, port, databaseUrl } = config();
  if (databaseUrl) await applyMigrations(databaseUrl, ownerOf(config()));
  // What cannot start is told here, not with the first page.
  await services();
  // The watcher would wait for a change after `main.ts` has ended the rest. But at
  // a change it sends SIGTERM as well, and begins anew by itself.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      if (signal === "SIGTERM" && changedLately(WATCHED)) return;
      addEventListener("unload", () => Deno.kill(Deno.pid, "SIGKILL"));
    });
  }
  await builder.listen(() => import("./main.ts"), { hostname: host, port });
}
