/** Whose a database has to be for this process, by its configuration. */
import type { Company, Config } from "../config/mod.ts";

export interface Owner extends Company {
  /** The variable that says where the database is. */
  database: "DATABASE_URL" | "DATABASE_REPLICA_URL" | "DATA_DIR";
}

export function ownerOf({ mode, wecom, databaseUrl }: Config): Owner {
  const database = databaseUrl ? "DATABASE_URL" : "DATA_DIR";
  return { mode, corpId: wecom.corpId, database };
}
