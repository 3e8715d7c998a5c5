/**
 * The product on a port, in a process in which nobody counts statements. A script;
 * its argument is the variables as JSON.
 */
import { withApp } from "../support/app.ts";
import { serveChild } from "./child.ts";

if (import.meta.main) {
  await withApp({ env: JSON.parse(Deno.args[0] ?? "") }, async (app) => {
    serveChild((request) => app.handler(request));
    // It is killed.
    await new Promise(() => {});
  });
}
