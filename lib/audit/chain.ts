/**
 * Makes each row of the audit log a link of a chain: `sha256(hash before ‖ row)`.
 * Afterwards and by one chainer at a time, since in the transaction of the row it
 * would be one lock for everybody. Who alters or deletes a row then has to make
 * all later links anew, and the head is told to the process's log, too, which is
 * kept elsewhere.
 */
import { createHash } from "node:crypto";
import type { Log } from "../http/log.ts";
import type { Fragment, Queries, Sql } from "../store/database.ts";

/** For `pg_advisory_xact_lock`: one chainer, also over several processes. */
const CHAINER = 20_260_003;
const ROWS = 1_000;
/** No transaction of ours comes near it. */
const LONGEST_MS = 60 * 60_000;

export interface Head {
  seq: number;
  /** Hexadecimal. */
  hash: string;
}

/** What of a row is hashed, as one text: all that says what happened. */
export function linkText(queries: Queries): Fragment {
  return queries`
    jsonb_build_array(l.audit_id, (extract(epoch from l.at) * 1000000)::bigint,
      l.actor, l.action, l.subject, l.order_id, l.outcome, l.request_id,
      l.client_request_id, l.address, l.detail, l.before, l.after)::text`;
}

export function linkHash(before: string, text: string): string {
  return createHash("sha256").update(before, "hex").update(text).digest("hex");
}

export interface ChainDeps {
  sql: Sql;
  now: () => number;
  log: Log;
}

/** Chains what is not yet; answers how many rows. Others that do it are not waited for. */
export async function chainAudit(deps: ChainDeps): Promise<number> {
  let count = 0;
  for (;;) {
    const added = await chainSome(deps);
    count += added;
    if (added < ROWS) return count;
  }
}

async function chainSome({ sql, now, log }: ChainDeps): Promise<number> {
  return await sql.begin(async (sql) => {
    const [mine] = await sql<{ taken: boolean }[]>`
      select pg_try_advisory_xact_lock(${CHAINER}::bigint) as taken`;
    if (!mine?.taken) return 0;
    const [head] = await sql<
      (Head & { settled: number; settling: number; since: Date })[]
    >`
      select seq::int8::float8 as seq, encode(hash, 'hex') as hash,
        settled::float8 as settled, settling::float8 as settling,
        settling_since as since
      from audit_head for update`;
    if (!head) throw new Error("The audit log has no head");
    const rows = await sql<{ auditId: string; text: string }[]>`
      select l.audit_id, ${linkText(sql)} as text
      from audit_log l
      where l.audit_id > ${head.settled}::bigint and not exists (
        select 1 from audit_chain c where c.audit_id = l.audit_id)
      order by l.audit_id limit ${ROWS}`;
    const links: { seq: number; audit_id: string; hash: string }[] = [];
    let { seq, hash } = head;
    for (const { auditId, text } of rows) {
      seq++;
      hash = linkHash(hash, text);
      links.push({ seq, audit_id: auditId, hash });
    }
    await sql`
      insert into audit_chain (seq, audit_id, hash)
      select seq, audit_id, decode(hash, 'hex')
      from jsonb_to_recordset(${sql.json(links)}) as link (
        seq bigint, audit_id bigint, hash text)`;
    const isOver = now() - head.since.getTime() > LONGEST_MS;
    await sql`
      update audit_head set seq = ${seq}, hash = decode(${hash}, 'hex'),
        settled = ${isOver ? head.settling : head.settled},
        settling = ${
      isOver
        // Of a log that was cut whole, as far as it was.
        ? sql`greatest(settling, (select max(audit_id) from audit_chain))`
        : sql`settling`
    },
        settling_since = ${isOver ? new Date(now()) : head.since}`;
    if (isOver) log("info", "audit.head", { seq, hash });
    return rows.length;
  });
}

/** Of a log that was emptied, as only a sandbox's is. */
export async function beginChain(queries: Queries): Promise<void> {
  await queries`insert into audit_head default values`;
}

/** Where the chain ends now. */
export async function headOf(queries: Queries): Promise<Head> {
  const [head] = await queries<Head[]>`
    select seq::float8 as seq, encode(hash, 'hex') as hash from audit_head`;
  if (!head) throw new Error("The audit log has no head");
  return head;
}
