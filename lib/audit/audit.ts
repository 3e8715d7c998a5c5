/**
 * Who did what to which order, group or contact, and what was refused. Rows are
 * only added. Details hold ids and codes, never a number or a secret.
 */
import type { Queries } from "../store/database.ts";
import { askerNow } from "./asker.ts";

export type AuditDetail = Record<string, string | number | boolean | null>;

export interface AuditEntry {
  /** A member of staff, or `erp`, `wecom`, `system`. */
  actor: string;
  /** A flow's name, or `auth.login` and the like. */
  action: string;
  subject?: string | null;
  /** The order that it is about, where it is about one. */
  orderId?: string | null;
  outcome: "done" | "refused" | "failed";
  requestId?: string | null;
  detail?: AuditDetail;
  /** What was there, and what is there now: no personal data. */
  before?: AuditDetail | null;
  after?: AuditDetail | null;
}

/**
 * Writes the success of what somebody asked for, in the transaction of its
 * change: handed down to the function that opens it. `detail`: what is known
 * there in addition.
 */
export type Audited = (
  transaction: Queries,
  detail?: AuditDetail,
) => Promise<void>;

/** In the caller's transaction when `queries` is one. */
export async function audit(
  queries: Queries,
  now: () => number,
  entry: AuditEntry,
): Promise<void> {
  await auditAll(queries, now, [entry]);
}

/** One statement, however many. */
export async function auditAll(
  queries: Queries,
  now: () => number,
  entries: readonly AuditEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const { address, clientRequestId } = askerNow();
  const rows = entries.map((entry) => ({
    actor: entry.actor,
    action: entry.action,
    subject: entry.subject ?? null,
    order_id: entry.orderId ?? null,
    outcome: entry.outcome,
    request_id: entry.requestId ?? null,
    detail: entry.detail ?? {},
    before: entry.before ?? null,
    after: entry.after ?? null,
  }));
  await queries`
    insert into audit_log (
      at, actor, action, subject, order_id, outcome, request_id,
      client_request_id, address, detail, before, after)
    select ${new Date(now())}, actor, action, subject, order_id, outcome,
      request_id, ${clientRequestId}::text, ${address}::text, detail,
      nullif(before, 'null'), nullif(after, 'null')
    from jsonb_to_recordset(${queries.json(rows)}) as told (
      actor text, action text, subject text, order_id text, outcome text,
      request_id text, detail jsonb, before jsonb, after jsonb)`;
}

/** Adds nothing when the same person had the same outcome of the same before. */
export async function auditOnce(
  queries: Queries,
  now: () => number,
  entry: AuditEntry,
): Promise<void> {
  const { actor, action, outcome } = entry;
  const subject = entry.subject ?? null;
  const { address, clientRequestId } = askerNow();
  const detail = queries.json(entry.detail ?? {});
  await queries`
    insert into audit_log (
      at, actor, action, subject, order_id, outcome, request_id,
      client_request_id, address, detail)
    select ${new Date(now())}, ${actor}, ${action}, ${subject},
      ${entry.orderId ?? null}, ${outcome}, ${
    entry.requestId ?? null
  }, ${clientRequestId}::text, ${address}::text, ${detail}
    where not exists (
      select 1 from audit_log
      -- "is not distinct from" would read the whole log: it takes no index.
      where ${
    subject === null ? queries`subject is null` : queries`subject = ${subject}`
  } and action = ${action}
        and actor = ${actor} and outcome = ${outcome} and detail = ${detail})`;
}
