/**
 * Calls of the ERP: a bearer token, compared in constant time. Without
 * `ERP_INBOUND_TOKEN` the routes do not exist.
 */
import { timingSafeEqual } from "node:crypto";
import { audit } from "../audit/audit.ts";
import type { Refusals } from "../audit/refusals.ts";
import type { Sql } from "../store/database.ts";
import type { Config } from "../config/mod.ts";
import { AppError } from "../http/errors.ts";

/** Throws NOT_FOUND, UNAUTHENTICATED; a wrong token is in the audit log. */
export async function requireErp(
  { config, refusals }: { config: Config; refusals: Refusals },
  { headers, url }: Request,
  requestId: string,
): Promise<void> {
  const token = config.erp.inboundToken;
  if (!token) throw new AppError("NOT_FOUND");
  const given = headers.get("authorization")?.match(/^Bearer\s+(.+)$/i)?.[1];
  // Digests have one length, whatever was sent.
  const [wanted, sent] = await Promise.all([
    digest(token.reveal()),
    digest(given ?? ""),
  ]);
  if (!given || !timingSafeEqual(wanted, sent)) {
    await refusals.erpToken(requestId, new URL(url).pathname);
    throw new AppError("UNAUTHENTICATED", { msg: "ERP 令牌不正确" });
  }
}

/** What a push came to; what it changed of roles and orders has rows of its own. */
export async function auditPush(
  { sql, now }: { sql: Sql; now: () => number },
  action: "erp.orders" | "erp.staff" | "erp.events",
  { rejected, ...counts }:
    & ({ upserted: number } | { accepted: number; duplicates: number })
    & { rejected: readonly unknown[] },
  requestId: string,
): Promise<void> {
  const detail = { ...counts, rejected: rejected.length };
  const outcome = "done" as const;
  await audit(sql, now, { actor: "erp", action, outcome, requestId, detail });
}

async function digest(text: string): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
