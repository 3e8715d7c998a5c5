/**
 * The server's entry, which `_fresh/server.js` and the development server import
 * and nothing else does: here, and without a condition, is what a server has and
 * a build or a test has not. Deno Deploy finds crons while this module loads.
 */
import { setTimeout } from "node:timers/promises";
import { createApp } from "./lib/app.ts";
import { config } from "./lib/config/mod.ts";
import { createLog } from "./lib/http/log.ts";
import { createRequests } from "./lib/http/requests.ts";
import { createColdStart } from "./lib/inbox/cold_start.ts";
import { cron, reconcile, resumeReconcile, workOff } from "./lib/schedule.ts";
import { openedServices, services } from "./lib/services.ts";
import { stopAtSignals } from "./lib/stop.ts";

const log = createLog();
const requests = createRequests();
const stopping = stopAtSignals({
  requests,
  services: openedServices,
  log,
  exit: () => Deno.exit(),
});

const clock = { services, log, signal: stopping };
// Minute, hour in UTC, day, month, weekday: each night at 03:20 in China.
Deno.cron("reconcile", "20 19 * * *", ...cron(reconcile, clock));
Deno.cron(
  "resume reconcile",
  "*/5 * * * *",
  ...cron(resumeReconcile, clock),
);
Deno.cron("work off", "* * * * *", ...cron(workOff, clock));

const provide = createColdStart({
  make: services,
  config,
  now: Date.now,
  sleep: (ms, signal) => setTimeout(ms, undefined, signal ? { signal } : {}),
  stopped: stopping,
});
export const app = createApp(provide, log, requests);
