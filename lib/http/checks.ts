/**
 * What GET /readyz tries: first what serving depends on, then what people and
 * their alarms want to know. A new part is one more check in the list.
 */
import type { Services } from "../services.ts";
import type { Queries } from "../store/database.ts";
import { beginReading } from "../store/reading.ts";
import type { Check } from "./readiness.ts";

/** Events wait for some seconds as a rule; so late, nobody works them off. */
const LATE_MS = 10 * 60_000;
/** The run of a night, and some hours for it to be taken up again. */
const NIGHT_MS = 30 * 60 * 60_000;

export type CheckedServices =
  & Pick<Services, "cache" | "wecom" | "inbox" | "reconciler" | "now">
  & { sql: Queries };

export function readinessChecks(services: CheckedServices): Check[] {
  return [
    database(services),
    kv(services),
    token(services),
    inbox(services),
    night(services),
  ];
}

/** Through the pool that serves: a number drawn is a write, and is refused read-only. */
function database({ sql, now }: CheckedServices): Check {
  return {
    name: "database",
    serving: true,
    async check() {
      await beginReading(sql, now);
      await sql`select 1 from customer_order limit 1`;
    },
  };
}

/** Without it there are more calls to WeCom, and nothing else. */
function kv({ cache, now }: CheckedServices): Check {
  return {
    name: "kv",
    serving: false,
    async check() {
      const value = crypto.randomUUID();
      await cache.set(`readyz:${value}`, value, now() + 10_000);
      const read = await cache.get(`readyz:${value}`);
      if (read?.value !== value) {
        throw new Error("Cannot read what was written");
      }
      await cache.deleteIf(`readyz:${value}`, value);
    },
  };
}

function token({ wecom }: CheckedServices): Check {
  return {
    name: "token",
    serving: false,
    check: (signal) => wecom.ready(signal),
  };
}

function inbox({ inbox, now }: CheckedServices): Check {
  return {
    name: "inbox",
    serving: false,
    async check() {
      const { waiting, deadLetters, dueSince } = await inbox.backlog();
      const late = dueSince !== null && now() - dueSince.getTime() > LATE_MS;
      return {
        warning: late || deadLetters > 0,
        waiting,
        deadLetters,
        dueSince,
      };
    },
  };
}

function night({ reconciler, now }: CheckedServices): Check {
  return {
    name: "night",
    serving: false,
    async check() {
      const run = await reconciler.latest();
      // On its first day a company has none yet.
      if (!run) return { run: null };
      const { state, startedAt, endedAt, errors } = run;
      const missed = now() - startedAt.getTime() > NIGHT_MS;
      const ended = state === "done" || state === "running";
      const failures = Object.values(errors).reduce((sum, n) => sum + n, 0);
      return {
        warning: missed || !ended,
        run: { state, startedAt, endedAt, errors: failures },
      };
    },
  };
}
