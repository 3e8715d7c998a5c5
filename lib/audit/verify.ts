/**
 * Goes through the chain of the audit log from the last checkpoint to the head, and
 * names the first row that is not as it was. Rows of the last minutes may have no
 * link yet; older ones without a link were kept from the chain. What a checkpoint
 * stands for cannot be proved from here: it is told, for people to compare.
 */
import type { Queries, Sql } from "../store/database.ts";
import { type Head, headOf, linkHash, linkText } from "./chain.ts";

const ROWS = 2_000;
/** The chainer comes each minute, and no transaction of ours lasts an hour. */
const UNCHAINED_MS = 2 * 60 * 60_000;

export type Verdict =
  | { kind: "sound"; rows: number; head: Head; unchained: number }
  /** Retention cut later than the kept head, which proves nothing any more. */
  | { kind: "unproven"; cutAt: Head; head: Head }
  | {
    kind: "broken";
    /** What is wrong first, in the order of the chain. */
    what: "altered" | "missing" | "cut" | "head" | "unchained";
    seq: number;
    auditId: string | null;
    at: Date | null;
  };

/** What a cut has left in the place of its rows. */
export interface Checkpoint extends Head {
  cutAt: Date;
  cutBy: string;
  rows: number;
}

/** `kept`: a head that was written down elsewhere, which must be in the chain. */
export async function verifyAudit(
  sql: Sql,
  kept: Head | null = null,
  now: () => number = Date.now,
): Promise<Verdict> {
  const head = await headOf(sql);
  const begun = await beginning(sql);
  let { seq, hash } = begun;
  if (kept?.seq === seq && kept.hash !== hash) {
    return broken("head", seq, null, null);
  }
  let rows = 0;
  while (seq < head.seq) {
    const links = await sql<
      {
        seq: number;
        auditId: string;
        hash: string;
        at: Date | null;
        text: string | null;
      }[]
    >`
      select c.seq::float8 as seq, c.audit_id, encode(c.hash, 'hex') as hash,
        l.at, case when l.audit_id is null then null
          else ${linkText(sql)} end as text
      from audit_chain c left join audit_log l using (audit_id)
      where c.seq > ${seq} and c.seq <= ${head.seq}
      order by c.seq limit ${ROWS}`;
    for (const link of links) {
      const { auditId, at } = link;
      if (link.seq !== seq + 1) return broken("cut", seq + 1, null, null);
      if (link.text === null) return broken("missing", link.seq, auditId, null);
      hash = linkHash(hash, link.text);
      if (hash !== link.hash) return broken("altered", link.seq, auditId, at);
      ({ seq } = link);
      rows++;
      if (kept?.seq === seq && kept.hash !== hash) {
        return broken("altered", seq, auditId, at);
      }
    }
    if (links.length === 0) return broken("cut", seq + 1, null, null);
  }
  if (seq !== head.seq || hash !== head.hash || kept && kept.seq > seq) {
    return broken("head", seq, null, null);
  }
  const late = await keptFromChain(sql, new Date(now() - UNCHAINED_MS));
  if (late) return broken("unchained", seq + 1, late.auditId, late.at);
  if (kept && kept.seq < begun.seq) {
    return { kind: "unproven", cutAt: begun, head };
  }
  return { kind: "sound", rows, head, unchained: await unchained(sql) };
}

/** Oldest first. */
export async function checkpointsOf(queries: Queries): Promise<Checkpoint[]> {
  return await queries<Checkpoint[]>`
    select seq::float8 as seq, encode(hash, 'hex') as hash, cut_at, cut_by,
      rows::float8 as rows
    from audit_checkpoint order by seq`;
}

function broken(
  what: Extract<Verdict, { kind: "broken" }>["what"],
  seq: number,
  auditId: string | null,
  at: Date | null,
): Verdict {
  return { kind: "broken", what, seq, auditId, at };
}

/** After what retention has cut off, or at the very first row. */
async function beginning(queries: Queries): Promise<Head> {
  const [cut] = await queries<Head[]>`
    select seq::float8 as seq, encode(hash, 'hex') as hash
    from audit_checkpoint order by seq desc limit 1`;
  if (cut) return cut;
  const [start] = await queries<{ hash: string }[]>`
    select encode(sha256('audit'), 'hex') as hash`;
  return { seq: 0, hash: start?.hash ?? "" };
}

async function unchained(queries: Queries): Promise<number> {
  const [found] = await queries<{ count: number }[]>`
    select count(*)::int as count from audit_log l
    where not exists (
      select 1 from audit_chain c where c.audit_id = l.audit_id)`;
  return found?.count ?? 0;
}

/** The first row that is too old to have no link yet. */
async function keptFromChain(
  queries: Queries,
  before: Date,
): Promise<{ auditId: string; at: Date } | null> {
  const [found] = await queries<{ auditId: string; at: Date }[]>`
    select l.audit_id, l.at from audit_log l
    where l.at < ${before} and not exists (
      select 1 from audit_chain c where c.audit_id = l.audit_id)
    order by l.audit_id limit 1`;
  return found ?? null;
}
