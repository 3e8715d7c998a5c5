/**
 * Who did what to which order, group or contact, and what was refused. Rows are
 * only added. Details hold ids and codes, never a number or a secret.
 */
import type { Queries } from "../store/database.ts";

export interface AuditEntry {
  /** A member of staff, or `erp`, `wecom`, `system`. */
  actor: string;
  /** A flow's name, or `auth.login` and the like. */
  action: string;
  subject?: string | null;
  outcome: "done" | "refused" | "failed";
  requestId?: string | null;
  detail?: Record<string, string | number | boolean | null>;
}

/** In the caller's transaction when `queries` is one. */
export async function audit(
  queries: Queries,
  now: () => number,
  entry: AuditEntry,
): Promise<void> {
  await queries`
    insert into audit_log ${
    queries({
      at: new Date(now()),
      actor: entry.actor,
      action: entry.action,
      subject: entry.subject ?? null,
      outcome: entry.outcome,
      requestId: entry.requestId ?? null,
      detail: queries.json(entry.detail ?? {}),
    })
  }`;
}
