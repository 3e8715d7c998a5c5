/**
 * Calls of the ERP: a bearer token, compared in constant time. Without
 * `ERP_INBOUND_TOKEN` the routes do not exist.
 */
import { timingSafeEqual } from "node:crypto";
import type { Config } from "../config/mod.ts";
import { AppError } from "../http/errors.ts";

/** Throws NOT_FOUND, UNAUTHENTICATED. */
export async function requireErp(config: Config, headers: Headers) {
  const token = config.erp.inboundToken;
  if (!token) throw new AppError("NOT_FOUND");
  const given = headers.get("authorization")?.match(/^Bearer\s+(.+)$/i)?.[1];
  // Digests have one length, whatever was sent.
  const [wanted, sent] = await Promise.all([
    digest(token.reveal()),
    digest(given ?? ""),
  ]);
  if (!given || !timingSafeEqual(wanted, sent)) {
    throw new AppError("UNAUTHENTICATED", { msg: "ERP 令牌不正确" });
  }
}

async function digest(text: string): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
