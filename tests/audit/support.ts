/** An audit log with rows, and its chain. */
import { audit } from "../../lib/audit/audit.ts";
import { chainAudit } from "../../lib/audit/chain.ts";
import { silentLog } from "../../lib/http/log.ts";
import type { Sql } from "../../lib/store/database.ts";

export const START = Date.parse("2026-11-01T00:00:00Z");
export const HOUR = 60 * 60_000;

/** A row each second. */
export async function write(
  sql: Sql,
  count: number,
  at = START,
): Promise<void> {
  for (let n = 0; n < count; n++) {
    await audit(sql, () => at + n * 1_000, {
      actor: "d1",
      action: "group.link",
      subject: `O${n}`,
      outcome: "done",
      detail: { n },
    });
  }
}

export const chain = (sql: Sql, at = START) =>
  chainAudit({ sql, now: () => at, log: silentLog });
