/**
 * Failures that only the phone saw: what the client's functions answer never comes
 * to us by itself. Each is a line in the log and a row in the audit log, bounded in
 * length and number, since a page may be caught in a loop. A signature that the
 * client refuses (40093, 42012) may be the ticket's fault, so that tickets are
 * issued anew, once in ten minutes over all processes: they may be asked for 100
 * times an hour (90506).
 */
import { hideCredentials } from "../http/credentials.ts";
import { briefly } from "../http/briefly.ts";
import { AppError } from "../http/errors.ts";
import type { Log } from "../http/log.ts";
import { type Actor, isOnOrder } from "../staff/actor.ts";
import { userKey } from "../staff/user_id.ts";
import type { CacheStore } from "../store/cache.ts";
import type { Sql } from "../store/database.ts";
import { apart } from "../store/deadline.ts";
import type { Orders } from "../orders/orders.ts";
import { clean, CODE, type WecomClient } from "../wecom/mod.ts";
import { countClientFailure } from "../telemetry/metrics.ts";
import { audit } from "./audit.ts";

/** Those that pages call; a number for each text that somebody sends would be none. */
const KNOWN_APIS: ReadonlySet<string> = new Set([
  "config",
  "agentConfig",
  "register",
  "openEnterpriseChat",
  "openExistedChatWithMsg",
  "updateEnterpriseChat",
  "selectExternalContact",
  "navigateToAddCustomer",
  "getContext",
  "getCurExternalContact",
  "getCurExternalChat",
  "sendChatMessage",
]);
const A_MINUTE = 30;
const MINUTE_MS = 60_000;
const TICKETS_MS = 10 * MINUTE_MS;
/** The page asks for a new signature next. */
const PATIENCE_MS = 3_000;

export interface FailureDeps {
  sql: Sql;
  cache: CacheStore;
  orders: Pick<Orders, "find">;
  wecom: Pick<WecomClient, "renewTickets">;
  now: () => number;
  log: Log;
}

export interface ClientFailure {
  orderId: string | null;
  attempt: string | null;
  api: string;
  errMsg: string;
  client: string;
  requestId: string;
}

/** Throws RATE_LIMITED, with nothing written. */
export async function keepClientFailure(
  deps: FailureDeps,
  actor: Actor,
  failure: ClientFailure,
): Promise<void> {
  const { sql, now, log } = deps;
  await countIn(deps, actor);
  const { attempt, requestId } = failure;
  const errcode = codeIn(failure.errMsg);
  const detail = {
    api: cleaned(failure.api, 64),
    errMsg: cleaned(failure.errMsg, 500),
    client: cleaned(failure.client, 200),
    ...(errcode !== null && { errcode }),
    ...(attempt !== null && { attempt }),
  };
  const orderId = await orderOf(deps, actor, failure.orderId);
  log("warn", "client.failed", {
    requestId,
    wxUserId: actor.wxUserId,
    orderId,
    ...detail,
  });
  await audit(sql, now, {
    actor: actor.wxUserId,
    action: "client.failed",
    subject: orderId,
    orderId,
    outcome: "failed",
    requestId,
    detail,
  });
  countClientFailure(KNOWN_APIS.has(detail.api) ? detail.api : "other");
  if (isRefusedSignature(failure.errMsg, errcode)) await renewTickets(deps);
}

async function countIn(
  { cache, now }: FailureDeps,
  { wxUserId }: Actor,
): Promise<void> {
  const key = `client-failed:${userKey(wxUserId)}`;
  const { count, resetAt } = await cache.hit(key, MINUTE_MS);
  if (count <= A_MINUTE) return;
  throw new AppError("RATE_LIMITED", {
    retryAfterSeconds: Math.max(1, Math.ceil((resetAt - now()) / 1000)),
  });
}

/** Only an order that the person may see: its history is others' to read. */
async function orderOf(
  { orders }: FailureDeps,
  actor: Actor,
  orderId: string | null,
): Promise<string | null> {
  if (orderId === null) return null;
  // Whose page failed has opened it: the ERP is asked for no other.
  const order = await orders.find(orderId);
  if (!order) return null;
  const oversees = actor.role === "operator" || actor.role === "admin";
  return oversees || isOnOrder(actor, order) ? orderId : null;
}

async function renewTickets({ cache, wecom, log }: FailureDeps) {
  const { count } = await cache.hit("tickets-renewed", TICKETS_MS);
  if (count > 1) return;
  const renewing = apart(() => wecom.renewTickets()).catch((error) =>
    log("warn", "client.tickets_not_renewed", { error })
  );
  await briefly(renewing, PATIENCE_MS);
}

/** The SDK ends with an address that names the code; others write it out. */
function codeIn(errMsg: string): number | null {
  const [, code] = /[?&]e=(-?\d{1,7})(?!\d)/.exec(errMsg) ??
    /(?<![\d.])(-?\d{5,6})(?![\d.])/.exec(errMsg) ?? [];
  return code === undefined ? null : Number(code);
}

function isRefusedSignature(errMsg: string, errcode: number | null): boolean {
  return errcode === CODE.SIGNATURE_INVALID || errcode === CODE.WRONG_TICKET ||
    /invalid signature/i.test(errMsg);
}

/** What is cut was never looked at: a number may be cut in two by then. */
const MOST_SEEN = 2_000;
/** Seven digits or more, with blanks and dashes between them. */
const LONG_NUMBER = /\+?\p{Nd}(?:[ -]?\p{Nd}){6,}/gu;

/** Without queries, tokens and telephone numbers. */
function cleaned(text: string, most: number): string {
  const seen = text.slice(0, MOST_SEEN).replace(/[^\P{Cc}\n]/gu, " ")
    .toWellFormed();
  const hidden = clean(hideCredentials(seen), [], MOST_SEEN).replace(
    LONG_NUMBER,
    "•",
  );
  return hidden.slice(0, most).toWellFormed();
}
