/**
 * What one run of a flow leaves in the audit log. A success is written in the
 * transaction of its change if the flow passes `audited` on to it, else after
 * the answer; never twice. A refusal has a statement of its own, since the
 * transaction that it ended is rolled back; those of one person are bounded.
 */
import {
  audit,
  type AuditDetail,
  type Audited,
  type AuditEntry,
  auditOnce,
} from "../audit/audit.ts";
import type { Refusals } from "../audit/refusals.ts";
import { isRefusal } from "../http/errors.ts";
import { toAppError } from "../http/to_app_error.ts";
import type { Queries, Sql } from "../store/database.ts";
import { apartFor } from "../store/deadline.ts";
import type { AnyFlow, Caller } from "./flow.ts";

/** Who was refused waits for the entry. */
const FAILED_MS = 2_000;

export interface TrailDeps {
  sql: Sql;
  now: () => number;
  refusals: Pick<Refusals, "bounded">;
}

export interface Trail {
  /** The flow is about this order. */
  onOrder(orderId: string): void;
  audited: Audited;
  done(answer: unknown): Promise<void>;
  failed(error: unknown): Promise<void>;
}

export function createTrail(
  { sql, now, refusals }: TrailDeps,
  flow: AnyFlow,
  { actor, requestId }: Caller,
  name: string,
  input: Record<string, unknown>,
): Trail {
  let orderId: string | null = null;
  let written = false;

  async function write(
    queries: Queries,
    outcome: AuditEntry["outcome"],
    detail: AuditDetail,
  ): Promise<void> {
    const add = flow.repeats?.(input as never) ? auditOnce : audit;
    await add(queries, now, {
      actor: actor.wxUserId,
      action: name,
      subject: orderId ?? subjectOf(input),
      orderId,
      outcome,
      requestId,
      detail,
    });
  }

  const detailOf = (answer: unknown): AuditDetail =>
    flow.detail?.(input as never, answer as never) ?? {};

  return {
    onOrder(id) {
      orderId = id;
    },
    async audited(transaction, detail = {}) {
      await write(transaction, "done", { ...detailOf(null), ...detail });
      written = true;
    },
    async done(answer) {
      // A flow that may be repeated writes each different outcome, and the same
      // one once.
      const told = written && !flow.repeats?.(input as never);
      const isKept = flow.changes || flow.isTold?.(input as never, actor);
      if (isKept && !told) await write(sql, "done", detailOf(answer));
    },
    async failed(error) {
      if (!flow.changes && !isRefusal(error)) return;
      // By the name that the answer has.
      const { error: name, status } = toAppError(error);
      const outcome = status < 500 ? "refused" : "failed";
      const writeIt = (more: AuditDetail) =>
        write(sql, outcome, {
          ...detailOf(null),
          // Of what the person was told is not there the log says why.
          error: isRefusal(error) ? "FORBIDDEN" : name,
          ...more,
        });
      // Mishaps of a page that tries on and on hide nothing that was forbidden.
      const kind = isRefusal(error) ? "flow.forbidden" : "flow.refused";
      // Also of what failed because the time of the request was over.
      await apartFor(
        FAILED_MS,
        () =>
          outcome === "failed"
            ? writeIt({})
            : refusals.bounded(actor.wxUserId, kind, writeIt),
      );
    },
  };
}

function subjectOf(input: Record<string, unknown>): string | null {
  const subject = input.intentId ?? input.wxUserId;
  return typeof subject === "string" ? subject : null;
}
