/** What the doctor looks at: of a running server, or opened for one look. */
import type { Config } from "../config/mod.ts";
import type { CacheStore } from "../store/cache.ts";
import type { Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import type { WecomClient } from "../wecom/mod.ts";

export interface DoctorParts {
  config: Config;
  /** Throws what kept the database from being opened, or `Skipped`. */
  sql: () => Promise<Sql>;
  vault: Vault;
  cache: () => Promise<CacheStore>;
  wecom: Pick<WecomClient, "call" | "ready" | "ticket">;
  fetch: typeof fetch;
  now: () => number;
}

export type RunningParts =
  & Pick<
    DoctorParts,
    "config" | "vault" | "wecom" | "now"
  >
  & {
    sql: Sql;
    cache: CacheStore;
  };

/** Of a server that runs. */
export function partsOf(services: RunningParts): DoctorParts {
  const { config, sql, vault, cache, wecom, now } = services;
  return {
    config,
    sql: () => Promise.resolve(sql),
    vault,
    cache: () => Promise.resolve(cache),
    wecom,
    fetch,
    now,
  };
}
