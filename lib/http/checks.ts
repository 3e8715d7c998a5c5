/**
 * What GET /readyz tries: first what serving depends on, then what people and
 * their alarms want to know. A new part is one more check in the list.
 */
import type { Config } from "../config/mod.ts";
import { type Inbox, isAlarming } from "../inbox/mod.ts";
import { checkCanary } from "../owner/canary.ts";
import { OwnerError } from "../owner/error.ts";
import { checkCompany } from "../owner/mark.ts";
import { ownerOf } from "../owner/owner.ts";
import type { Reconciler } from "../reconcile/reconciler.ts";
import type { CacheStore } from "../store/cache.ts";
import type { CacheHealth } from "../store/cache_fallback.ts";
import type { PoolHealth, Queries } from "../store/database.ts";
import { beginReading } from "../store/reading.ts";
import type { Replica } from "../store/replica.ts";
import { schemaState } from "../store/schema_state.ts";
import type { Vault } from "../store/vault.ts";
import type { WecomClient } from "../wecom/mod.ts";
import { briefly } from "./briefly.ts";
import { AppError } from "./errors.ts";
import type { Check, Finding } from "./readiness.ts";

/** The pool itself gives up on who waits for 10 s. */
const MOST_WAIT_MS = 5_000;
/** Longer than any statement of a page or of the night takes. */
const MOST_RUN_MS = 60_000;
/** A database that says nothing for so long is away; before the check is late. */
const SILENT_MS = 2_500;
/** Events wait for some seconds as a rule; so late, nobody works them off. */
const LATE_MS = 10 * 60_000;
/** The run of a night, and some hours for it to be taken up again. */
const NIGHT_MS = 30 * 60 * 60_000;

export interface Checked {
  config: Config;
  sql: Queries;
  vault: Vault;
  poolHealth: () => PoolHealth;
  replica: Pick<Replica, "health"> | null;
  cache: CacheStore;
  cacheHealth: () => CacheHealth;
  wecom: WecomClient;
  inbox: Pick<Inbox, "appLife" | "backlog">;
  reconciler: Pick<Reconciler, "latest">;
  now: () => number;
}

export function readinessChecks(parts: Checked): Check[] {
  return [
    database(parts),
    pool(parts),
    ...replica(parts),
    schema(parts),
    company(parts),
    canary(parts),
    kv(parts),
    token(parts),
    answers(parts),
    inbox(parts),
    app(parts),
    night(parts),
  ];
}

/** Through the pool that serves: a number drawn is a write, and is refused read-only. */
function database({ sql, now }: Checked): Check {
  return {
    name: "database",
    serving: true,
    async check() {
      const asked = async () => {
        await beginReading(sql, now);
        await sql`select 1 from customer_order limit 1`;
      };
      if (await briefly(asked(), SILENT_MS) === "late") {
        throw new AppError("DATABASE_UNAVAILABLE");
      }
    },
  };
}

/** Whoever waits so long is better served elsewhere; what runs so long hangs. */
function pool({ poolHealth }: Checked): Check {
  return {
    name: "pool",
    serving: true,
    check: () => Promise.try(poolFinding, poolHealth()),
  };
}

function poolFinding(health: PoolHealth): Finding {
  const { oldestWaiterMs, oldestRunnerMs, waiting, running } = health;
  if (oldestWaiterMs > MOST_WAIT_MS || oldestRunnerMs > MOST_RUN_MS) {
    throw new Error(
      `One waits for ${oldestWaiterMs} ms, one runs for ${oldestRunnerMs} ms`,
    );
  }
  return { waiting, running };
}

/** Without it the primary answers lists and searches of everything, too. */
function replica({ replica }: Checked): Check[] {
  if (!replica) return [];
  return [{
    name: "replica",
    serving: false,
    async check() {
      const health = await replica.health();
      return { warning: health.answers === "primary", ...health };
    },
  }];
}

/** Code needs all of its own migrations; newer ones harm nobody. */
function schema({ sql }: Checked): Check {
  return {
    name: "schema",
    serving: true,
    async check() {
      const state = await unlessSilent(schemaState(sql));
      if (state === "older") {
        throw new Error("The schema is older than the code: migrate");
      }
      return { warning: state === null, schema: state };
    },
  };
}

/** Another database may be behind the address since the start. */
function company({ sql, config }: Checked): Check {
  return {
    name: "company",
    serving: true,
    check: () => owned(checkCompany(sql, ownerOf(config))),
  };
}

/** Elsewhere a key was taken that this process does not have. */
function canary({ sql, vault }: Checked): Check {
  return {
    name: "canary",
    serving: true,
    check: () => owned(checkCanary(sql, vault)),
  };
}

async function owned(check: Promise<void>): Promise<Finding> {
  const answer = await unlessSilent(check.then(() => "ours"));
  return answer === null ? { warning: true } : {};
}

/**
 * A database that fails or does not answer is the matter of its own check, and
 * nobody is told that it is another company's: null then.
 */
async function unlessSilent<T>(asked: Promise<T>): Promise<T | null> {
  const answer = asked.catch((error) => {
    if (error instanceof OwnerError) throw error;
    return null;
  });
  const found = await briefly(answer, SILENT_MS);
  return found === "late" ? null : found;
}

/** Without it there are more calls to WeCom, and nothing else: memory stands in. */
function kv({ cache, cacheHealth, now }: Checked): Check {
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
      const health = cacheHealth();
      return { warning: health.store === "memory", ...health };
    },
  };
}

function token({ wecom }: Checked): Check {
  return {
    name: "token",
    serving: false,
    check: (signal) => wecom.ready(signal),
  };
}

/** Rows of WeCom's answers that nobody could read, since the start of the process. */
function answers({ wecom }: Checked): Check {
  return {
    name: "answers",
    serving: false,
    check() {
      const dropped = wecom.dropped();
      return Promise.resolve({ warning: dropped > 0, dropped });
    },
  };
}

/** WeCom stops apps that nobody uses, and tells so (90240). */
function app({ inbox }: Checked): Check {
  return {
    name: "app",
    serving: false,
    async check() {
      const life = await inbox.appLife();
      return life ? { warning: isAlarming(life), ...life } : {};
    },
  };
}

function inbox({ inbox, now }: Checked): Check {
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

function night({ reconciler, now }: Checked): Check {
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
