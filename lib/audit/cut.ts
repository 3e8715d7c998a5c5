/**
 * Retention: deletes the oldest rows of the audit log, and leaves a checkpoint that
 * says where the chain goes on, how many rows there were, and who cut. The process's
 * log tells it, too: it is kept elsewhere.
 */
import type { Log } from "../http/log.ts";
import { audit } from "./audit.ts";
import type { Sql, TransactionSql } from "../store/database.ts";

const ROWS = 5_000;

/** Rows that were chained and are from before; answers how many are gone. */
export async function cutAudit(
  { sql, now, log }: { sql: Sql; now: () => number; log: Log },
  before: Date,
  by: string,
): Promise<number> {
  const [last] = await sql<{ seq: string; hash: string }[]>`
    select c.seq, encode(c.hash, 'hex') as hash from audit_chain c
    where c.seq < (
      select coalesce(min(k.seq), (select max(seq) + 1 from audit_chain))
      from audit_chain k join audit_log l using (audit_id)
      where l.at >= ${before})
    order by c.seq desc limit 1`;
  if (!last) return 0;
  await sql.begin(async (sql) => {
    await sql`
      insert into audit_checkpoint (seq, hash, cut_at, cut_by, rows)
      select ${last.seq}, decode(${last.hash}, 'hex'), ${new Date(
      now(),
    )}, ${by},
        count(*) from audit_chain where seq <= ${last.seq}
      on conflict do nothing`;
    await audit(sql, now, {
      actor: by,
      action: "audit.cut",
      outcome: "done",
      detail: { before: before.toISOString(), seq: Number(last.seq) },
    });
  });
  log("warn", "audit.cut", { seq: Number(last.seq), hash: last.hash, by });
  let gone = 0;
  for (;;) {
    const rows = await sql.begin((sql) => cutSome(sql, last.seq));
    gone += rows;
    if (rows < ROWS) return gone;
  }
}

/** The entries first: their links say that they may go. */
async function cutSome(sql: TransactionSql, upto: string): Promise<number> {
  const rows = await sql<{ seq: string; auditId: string }[]>`
    select seq, audit_id from audit_chain where seq <= ${upto}
    order by seq limit ${ROWS}`;
  const ids = rows.map((row) => row.auditId);
  await sql`delete from audit_log where audit_id = any(${ids}::bigint[])`;
  await sql`delete from audit_chain where audit_id = any(${ids}::bigint[])`;
  return rows.length;
}
