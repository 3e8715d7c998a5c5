/**
 * Reminds the colleague of an order who has its customer: only who has added a
 * customer can put them into a group (98429), so a card opens the order's page for
 * that person. Of several the designer comes first.
 */
import type { Audited } from "../audit/audit.ts";
import type { Contacts } from "../contacts/contacts.ts";
import type { Groups } from "../groups/groups.ts";
import { briefly } from "../http/briefly.ts";
import { AppError } from "../http/errors.ts";
import type { Card, Cards, Delivery } from "../messages/cards.ts";
import type { Settings } from "../settings/settings.ts";
import type { Actor } from "../staff/actor.ts";
import type { Staff } from "../staff/staff.ts";
import type { Sql } from "../store/database.ts";
import { apartFor } from "../store/deadline.ts";
import type { Order } from "./order.ts";
import { orderPath } from "./path.ts";
import {
  countReminder,
  giveTurnBack,
  takeTurn,
  type Turn,
} from "./reminders.ts";

/** Contacts of a colleague that were never read may take longer. */
const READ_MS = 5_000;
/** Whoever was refused waits for the turn to be given back. */
const GIVE_BACK_MS = 2_000;

export interface RemindDeps {
  sql: Sql;
  now: () => number;
  contacts: Contacts;
  groups: Pick<Groups, "situation">;
  cards: Cards;
  settings: Settings;
  staff: Pick<Staff, "spelled">;
}

export interface Person {
  wxUserId: string;
  name: string;
}

/**
 * Throws ALREADY_REMINDED, COLLEAGUE_NOT_FOUND, COLLEAGUE_UNREACHABLE,
 * GROUP_ALREADY_EXISTS, FORBIDDEN when reminders are switched off, and what WeCom
 * says.
 */
export async function remindColleague(
  deps: RemindDeps,
  actor: Actor,
  order: Order,
  audited: Audited,
): Promise<Person> {
  const { sql, now } = deps;
  await refuseNeedless(deps, order);
  const to = await colleagueOf(deps, actor, order);
  const { orderId } = order;
  const turn: Turn = { orderId, wxUserId: to.wxUserId, at: new Date(now()) };
  const wait = await takeTurn(sql, turn, actor.wxUserId);
  if (wait !== null) throw alreadyReminded(to, wait);
  const delivery = await send(deps, turn, cardFor(actor, order, to));
  if (delivery !== "sent") throw unreachable(to, delivery);
  await sql.begin(async (sql) => {
    await countReminder(sql, turn);
    await audited(sql, { to: to.wxUserId });
  });
  return to;
}

async function refuseNeedless(
  { groups, settings }: RemindDeps,
  { orderId }: Order,
): Promise<void> {
  const { reminders } = await settings.read();
  if (!reminders) {
    throw new AppError("FORBIDDEN", {
      msg: "公司没有开启提醒，请直接联系同事",
    });
  }
  const situation = await groups.situation(orderId);
  if (situation.kind !== "active") return;
  const { chatId, name } = situation.chat;
  throw new AppError("GROUP_ALREADY_EXISTS", {
    msg: "这个订单已经有客户群，不用提醒同事了",
    details: { chatId, groupName: name },
  });
}

async function colleagueOf(
  { contacts, staff }: RemindDeps,
  { wxUserId }: Actor,
  order: Order,
): Promise<Person> {
  let match = await contacts.peek(order, wxUserId);
  if (match.followers.length === 0) {
    const read = contacts.ofColleagues(order, wxUserId);
    // What comes of it later is the next tap's.
    read.catch(() => {});
    const later = await briefly(read, READ_MS);
    if (later !== "late") match = later;
  }
  const [colleague] = match.followers;
  if (!colleague) {
    throw new AppError("COLLEAGUE_NOT_FOUND", {
      msg: match.status === "none"
        ? "订单上的同事都还没有添加这位客户，请先请客户扫码添加"
        : "这位客户在您自己的企业微信里，可以直接建群",
    });
  }
  const [spelled = colleague.wxUserId] = await staff.spelled([
    colleague.wxUserId,
  ]);
  return { wxUserId: spelled, name: colleague.name };
}

/** Whatever comes of it, a card that did not go out takes no turn. */
async function send(
  { sql, cards }: RemindDeps,
  turn: Turn,
  card: Card,
): Promise<Delivery> {
  let sent = false;
  try {
    const delivery = await cards.send(card);
    sent = delivery === "sent";
    return delivery;
  } finally {
    // Also when the time of the request is over.
    if (!sent) await apartFor(GIVE_BACK_MS, () => giveTurnBack(sql, turn));
  }
}

function cardFor({ name }: Actor, order: Order, to: Person): Card {
  const { customerName, orderId, orderNo, storeName } = order;
  return {
    to: to.wxUserId,
    title: `请为${customerName}建客户群`,
    lines: [
      `${name}提醒您：这位客户在您的企业微信里，由您来建群。`,
      ["订单", orderNo, storeName].filter(Boolean).join(" "),
    ],
    path: orderPath(orderId),
    button: "去建群",
  };
}

function alreadyReminded(to: Person, waitMs: number): AppError {
  const minutes = Math.ceil(waitMs / 60_000);
  return new AppError("ALREADY_REMINDED", {
    msg: `刚提醒过${to.name}，${minutes} 分钟后可以再提醒`,
    details: { to, retryAfterMs: waitMs },
    retryAfterSeconds: Math.ceil(waitMs / 1000),
  });
}

const UNREACHABLE: Record<Exclude<Delivery, "sent">, string> = {
  out_of_scope:
    "收不到提醒：不在应用的可见范围内，或已经离职。请直接联系，或请管理员处理",
  unlicensed:
    "收不到提醒：还没有企业微信的接口许可。请直接联系，或请管理员处理",
};

function unreachable(
  to: Person,
  reason: Exclude<Delivery, "sent">,
): AppError {
  return new AppError("COLLEAGUE_UNREACHABLE", {
    msg: `${to.name}${UNREACHABLE[reason]}`,
    details: { reason, to },
  });
}
