/**
 * How often refusals of one person are written down: some a minute, not each one,
 * since the log is for people to read; the next row says how many were left out.
 * And those outside of flows: pages that somebody may not open, calls with a wrong
 * ERP token.
 */
import { hideMobiles } from "../contacts/masked.ts";
import { type AppError, isRefusal } from "../http/errors.ts";
import { createWindow, type Window } from "../http/window.ts";
import type { Sql } from "../store/database.ts";
import { askerNow } from "./asker.ts";
import { audit, type AuditDetail } from "./audit.ts";

export interface RefusalDeps {
  sql: Sql;
  now: () => number;
}

export interface Refusals {
  /** Writes nothing of what is no refusal. */
  page(
    refused: { wxUserId: string | null; requestId: string; url: URL },
    error: AppError,
  ): Promise<void>;
  erpToken(requestId: string, path: string): Promise<void>;
  /** Calls `write` unless there were too many of that kind; `more` goes in its detail. */
  bounded(
    actor: string,
    kind: string,
    write: (more: AuditDetail) => Promise<void>,
  ): Promise<void>;
}

const A_MINUTE = 10;
const KEYS = 5_000;

export function createRefusals({ sql, now }: RefusalDeps): Refusals {
  const window: Window = createWindow(
    { most: A_MINUTE, perMs: 60_000, keys: KEYS },
    now,
  );
  /** Since the last row of that key. */
  const leftOut = new Map<string, number>();

  async function bounded(
    actor: string,
    kind: string,
    write: (more: AuditDetail) => Promise<void>,
  ): Promise<void> {
    const key = `${kind} ${actor} ${askerNow().address}`;
    const before = leftOut.get(key) ?? 0;
    leftOut.delete(key);
    if (window.take(key) > 0) {
      leftOut.set(key, before + 1);
      const [oldest] = leftOut.keys();
      if (leftOut.size > KEYS && oldest !== undefined) leftOut.delete(oldest);
      return;
    }
    await write(before > 0 ? { leftOut: before } : {});
  }

  async function write(
    actor: string,
    action: string,
    { path, orderId, requestId, error }: {
      path: string;
      orderId: string | null;
      requestId: string;
      error: string;
    },
  ): Promise<void> {
    await bounded(actor, action, (more) =>
      audit(sql, now, {
        actor,
        action,
        subject: hideMobiles(path).slice(0, 200),
        orderId,
        outcome: "refused",
        requestId,
        detail: { error, ...more },
      }));
  }

  return {
    async page({ wxUserId, requestId, url }, error) {
      if (wxUserId === null || !isRefusal(error)) return;
      const { pathname: path } = url;
      const orderId = orderIn(url);
      const told = { path, orderId, requestId, error: "FORBIDDEN" };
      await write(wxUserId, "page", told);
    },
    async erpToken(requestId, path) {
      const told = { path, orderId: null, requestId, error: "UNAUTHENTICATED" };
      await write("erp", "erp.token", told);
    },
    bounded,
  };
}

/** As the address has it, in its path or its query: whether it is one or not. */
function orderIn({ pathname, searchParams }: URL): string | null {
  const [, segment] = /^\/orders\/([^/]+)/.exec(pathname) ?? [];
  const id = (decoded(segment) ?? searchParams.get("orderId") ?? "").trim();
  // What is longer or has controls in it is no id; a typed number is left out.
  const isId = /^[^\p{Cc}\p{Cs}]{1,64}$/u.test(id) && hideMobiles(id) === id;
  return isId ? id : null;
}

function decoded(segment: string | undefined): string | null {
  try {
    return segment === undefined ? null : decodeURIComponent(segment);
  } catch {
    return null;
  }
}
