/**
 * `deno run dev.ts build` writes `_fresh/`; without an argument it serves the app
 * in development (with `--watch`, open pages reload on change). The target is the
 * oldest engine among WeCom's webviews: Chromium 78 (X5 on Android, the desktop
 * client) and iOS 13; both are above the floor of ES modules.
 */
import { Builder } from "fresh/dev";
import { buildStyles } from "./lib/ui/build_styles.ts";

const builder = new Builder({ target: ["chrome78", "safari13"] });

await buildStyles();
if (Deno.args[0] === "build") {
  await builder.build();
} else {
  const { config } = await import("./lib/config/mod.ts");
  const { port } = config();
  await builder.listen(() => import("./main.ts"), { port });
}
