/**
 * The lease of a creation, at the tap that confirms: one transaction, no call
 * to WeCom, since what there is to ask is asked by `group.preview`. The order
 * is locked first, so that two who tap at the same time come one after the
 * other.
 */
import type { Sql, TransactionSql } from "../store/database.ts";
import type { Audited } from "../audit/audit.ts";
import { beginReading } from "../store/reading.ts";
import { lockOrder } from "../orders/lock.ts";
import type { Order } from "../orders/order.ts";
import { AppError } from "../http/errors.ts";
import type { Actor } from "../staff/actor.ts";
import { isSameUser } from "../staff/user_id.ts";
import { inProgress } from "./errors.ts";
import {
  type Intent,
  isLive,
  isOpen,
  LEASE_MS,
  wasLookedSinceItsEnd,
} from "./intent.ts";
import { renewLease } from "./intents.ts";
import { type Cause, move, openIntent } from "./moves.ts";
import { handMadeGroup } from "./hand_made.ts";
import { type Situation, situationOf } from "./situation.ts";

/** A chat created from the client with WeChat users has at most 40 (98429). */
export const MOST_MEMBERS = 40;

export interface Wanted {
  /** The page that asks; null for one of the release before. */
  attempt: string | null;
  customers: readonly [string, ...string[]];
  userIds: string[];
  /** The person said who of the staff is to be in it. */
  staffAsked: boolean;
  groupName: string;
  /** The same person goes on here instead of on another page. */
  takeOver: boolean;
  /** Make another group, although one was offered. */
  force: boolean;
  requestId?: string | null;
  audited?: Audited | undefined;
}

export type Prepared =
  | { kind: "intent"; intent: Intent }
  | { kind: "existing"; existing: Existing };

export interface Existing {
  chatId: string;
  groupName: string;
  /**
   * Present when the group is not the order's yet, so that `group.link` can
   * make it so.
   */
  linkable?: { createdAt: string; memberCount: number };
}

export interface PrepareDeps {
  sql: Sql;
  now: () => number;
  uuid: () => string;
}

/** Throws GROUP_IN_PROGRESS, VALIDATION_FAILED. */
export async function prepare(
  deps: PrepareDeps,
  actor: Actor,
  order: Order,
  wanted: Wanted,
): Promise<Prepared> {
  if (wanted.userIds.length + wanted.customers.length > MOST_MEMBERS) {
    throw new AppError("VALIDATION_FAILED", {
      msg: `群成员超过 ${MOST_MEMBERS} 人，无法创建`,
    });
  }
  return await deps.sql.begin(async (sql) => {
    await lockOrder(sql, order.orderId);
    const situation = await situationOf(sql, order.orderId, deps.now());
    if (situation.kind === "active") {
      const { chatId, name } = situation.chat;
      return { kind: "existing", existing: { chatId, groupName: name } };
    }
    const mine = await makeRoom(sql, deps, actor, situation, wanted);
    if (mine) return { kind: "intent", intent: mine };
    const existing = wanted.force
      ? null
      : await offered(sql, actor, order, situation, wanted);
    if (existing) return { kind: "existing", existing };
    return {
      kind: "intent",
      intent: await begin(sql, deps, actor, order, situation, wanted),
    };
  });
}

/**
 * Nobody may begin while a creation is live. The person's own one goes on: on
 * the same page as it is, on another page when the person says so.
 */
async function makeRoom(
  sql: TransactionSql,
  { now }: PrepareDeps,
  actor: Actor,
  situation: Situation,
  wanted: Wanted,
): Promise<Intent | null> {
  const intent = "intent" in situation ? situation.intent : null;
  if (!intent || intent.state === "bound") return null;
  if (!isLive(intent, now())) {
    // Before another one begins, somebody must have looked for the group of the
    // ended one. For pages of the release before, prepare itself has looked.
    if (wanted.attempt !== null && !wasLookedSinceItsEnd(intent, now())) {
      throw inProgress(intent, actor, now(), true);
    }
    return null;
  }
  const mine = isSameUser(intent.createdBy, actor.wxUserId);
  if (!mine || intent.state === "searching" || situation.kind === "question") {
    throw inProgress(intent, actor, now());
  }
  if (intent.attempt === wanted.attempt) {
    if (isForThese(intent, wanted)) {
      // On a page of the release before, each opening of the sheet renews the
      // lease.
      return intent.state === "prepared"
        ? await renewLease(sql, intent, now())
        : intent;
    }
    // The release before cannot tell its own page from another.
    if (wanted.attempt === null) throw inProgress(intent, actor, now());
  } else if (!wanted.takeOver) throw inProgress(intent, actor, now());
  if (!wasLookedSinceItsEnd(intent, now())) {
    throw inProgress(intent, actor, now(), true);
  }
  await move(sql, "takeOver", causeOf(actor, wanted), {
    of: { intentId: intent.intentId },
    at: new Date(now()),
    reason: "taken_over",
  });
  return null;
}

function isForThese(
  intent: Intent,
  { customers, staffAsked, userIds }: Wanted,
): boolean {
  const isSameStaff = !staffAsked ||
    intent.userIds.length === userIds.length &&
      userIds.every((id) => intent.userIds.some((one) => isSameUser(one, id)));
  return isSameStaff && intent.externalUserIds.length === customers.length &&
    customers.every((id) => intent.externalUserIds.includes(id));
}

/** If a choice between groups is open, it is offered before another is made. */
async function offered(
  sql: TransactionSql,
  actor: Actor,
  { orderId }: Order,
  situation: Situation,
  { customers }: Wanted,
): Promise<Existing | null> {
  const [candidate] = situation.kind === "question" ? situation.candidates : [];
  if (candidate) {
    const { chatId, groupName, createdAt, memberNames } = candidate;
    const memberCount = memberNames.length;
    return { chatId, groupName, linkable: { createdAt, memberCount } };
  }
  return await handMadeGroup(sql, actor.wxUserId, orderId, customers);
}

async function begin(
  sql: TransactionSql,
  { now, uuid }: PrepareDeps,
  actor: Actor,
  { orderId }: Order,
  situation: Situation,
  wanted: Wanted,
): Promise<Intent> {
  const { at, number } = await beginReading(sql, now);
  const former = "intent" in situation ? situation.intent : null;
  const cause = causeOf(actor, wanted);
  if (former && isOpen(former)) {
    await move(sql, "supersede", cause, {
      of: { intentId: former.intentId },
      at,
      reason: "superseded",
    });
  }
  // The clocks of instances differ by seconds. The later intent must have a later
  // time than the earlier one and than the binding of the order's former group,
  // or these would count as newer.
  const had = "chat" in situation ? situation.chat?.boundAt : null;
  const after =
    Math.max(former?.createdAt.getTime() ?? 0, had?.getTime() ?? 0) + 1;
  const [customer] = wanted.customers;
  const intent = await openIntent(
    sql,
    wanted.attempt === null ? "prepare" : "launch",
    cause,
    {
      intentId: uuid(),
      orderId,
      createdBy: actor.wxUserId,
      customerExternalUserId: customer,
      userIds: wanted.userIds,
      externalUserIds: [...wanted.customers],
      groupName: wanted.groupName,
      attempt: wanted.attempt,
      openedReading: number,
      expiresAt: new Date(now() + LEASE_MS),
      createdAt: new Date(Math.max(at.getTime(), after)),
    },
  );
  if (!intent) throw new Error("Cannot open an intent beside an open one");
  await cause.audited?.(sql, { intentId: intent.intentId });
  return intent;
}

function causeOf(
  { wxUserId }: Actor,
  { requestId = null, audited }: Wanted,
): Cause {
  return { actor: wxUserId, via: "prepare", requestId, audited };
}
