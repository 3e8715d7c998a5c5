/**
 * Refusals outside of flows: pages that somebody may not open, strangers who
 * signed in, calls with a wrong ERP token. Who tries on and on is written down some
 * times a minute, not each time: the log is for people to read.
 */
import { hideMobiles } from "../contacts/masked.ts";
import { type AppError, isRefusal } from "../http/errors.ts";
import { createWindow, type Window } from "../http/window.ts";
import type { Sql } from "../store/database.ts";
import { askerNow } from "./asker.ts";
import { audit } from "./audit.ts";

export interface RefusalDeps {
  sql: Sql;
  now: () => number;
}

export interface Refusals {
  /** `path`: without a query. Writes nothing of what is no refusal. */
  page(
    refused: { wxUserId: string | null; requestId: string; path: string },
    error: AppError,
  ): Promise<void>;
  erpToken(requestId: string, path: string): Promise<void>;
}

const A_MINUTE = 10;

export function createRefusals({ sql, now }: RefusalDeps): Refusals {
  const window: Window = createWindow(
    { most: A_MINUTE, perMs: 60_000, keys: 5_000 },
    now,
  );

  async function write(
    actor: string,
    action: string,
    path: string,
    requestId: string,
    error: string,
  ): Promise<void> {
    if (window.take(`${action} ${actor} ${askerNow().address}`) > 0) return;
    await audit(sql, now, {
      actor,
      action,
      subject: hideMobiles(path).slice(0, 200),
      outcome: "refused",
      requestId,
      detail: { error },
    });
  }

  return {
    async page({ wxUserId, requestId, path }, error) {
      if (wxUserId === null || !isRefusal(error)) return;
      await write(wxUserId, "page", path, requestId, "FORBIDDEN");
    },
    erpToken: (requestId, path) =>
      write("erp", "erp.token", path, requestId, "UNAUTHENTICATED"),
  };
}
