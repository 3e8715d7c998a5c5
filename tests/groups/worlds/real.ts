/**
 * A world of the generator in a real database, with a WeCom that answers on the
 * wire, and the product's own ways back to its groups.
 */
import { createGroups } from "../../../lib/groups/groups.ts";
import {
  settleAll,
  settleDue,
  settleLate,
} from "../../../lib/groups/settle_due.ts";
import { findIntent } from "../../../lib/groups/intents.ts";
import { groundOf } from "../../../lib/groups/product_ground.ts";
import { settleForChat } from "../../../lib/groups/settle_for_chat.ts";
import { situationsOf } from "../../../lib/groups/situation.ts";
import { findChat } from "../../../lib/chats/mirror.ts";
import { readChat } from "../../../lib/chats/read_chat.ts";
import { Secret } from "../../../lib/config/secret.ts";
import { AppError } from "../../../lib/http/errors.ts";
import type { Order } from "../../../lib/orders/order.ts";
import type { Actor } from "../../../lib/staff/actor.ts";
import { createMemoryCache } from "../../../lib/store/cache_memory.ts";
import type { Sql } from "../../../lib/store/database.ts";
import { createWecomClient } from "../../../lib/wecom/mod.ts";
import type { Way } from "./ways.ts";
import { NOW, type World } from "./world.ts";

const now = () => NOW;
const log = () => {};

export async function store(sql: Sql, world: World): Promise<void> {
  await sql`truncate customer_order, chat, group_intent, order_event,
    group_candidate, chat_member, customer_decision cascade`;
  await sql`select setval('reading', ${NOW})`;
  for (const orderId of world.orders) {
    await sql`
      insert into customer_order (order_id, order_no, customer_name,
        phone_sealed, phone_hashes, designer_wx_user_id, created_at, updated_at)
      values (${orderId}, ${orderId}, '客户', '', '{}', 'd1', now(), now())`;
  }
  for (const chat of world.mirror.values()) {
    const at = new Date(chat.syncedAt);
    await sql`insert into chat ${
      sql({
        chatId: chat.chatId,
        name: chat.name,
        firstName: chat.firstName,
        owner: chat.ownerWxUserId,
        createdAt: new Date(chat.createTime),
        reading: chat.firstReading,
        firstReading: chat.firstReading,
        syncedAt: at,
      })
    }`;
    for (const { userId, type } of chat.members) {
      await sql`
        insert into chat_member (chat_id, member_id, type, name, joined_at,
          join_scene)
        values (${chat.chatId}, ${userId}, ${type}, '', ${at}, 'direct')`;
    }
  }
  for (const intent of world.intents) {
    const ended = intent.state === "ended" ? intent : null;
    const lapsed = ended && /^not_/.test(ended.reason) &&
      ended.reason !== "not_made";
    await sql`insert into group_intent ${
      sql({
        intentId: intent.intentId,
        orderId: intent.orderId,
        createdBy: intent.createdBy,
        customerExternalUserId: intent.customerExternalUserId,
        userIds: intent.userIds,
        externalUserIds: intent.externalUserIds,
        groupName: intent.groupName,
        attempt: intent.attempt,
        state: ended
          ? lapsed ? "expired" : "cancelled"
          : intent.state === "searching"
          ? "searching"
          : "pending",
        launchedAt: intent.createdAt,
        reportedAt: intent.reportedAt,
        endedAt: ended?.endedAt ?? null,
        endReason: ended?.reason ?? null,
        expiresAt: intent.expiresAt,
        createdAt: intent.createdAt,
        updatedAt: intent.createdAt,
        openedReading: intent.openedReading,
      })
    }`;
  }
}

/** What WeCom answers on the wire. */
function wecomOf(world: World): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    const body = request.method === "POST" ? await request.json() : {};
    const ok = (answer: object) =>
      Response.json({ errcode: 0, errmsg: "ok", ...answer });
    if (pathname.endsWith("/gettoken")) {
      return ok({ access_token: "token", expires_in: 7200 });
    }
    if (pathname.endsWith("/groupchat/list")) {
      const owners = body.owner_filter.userid_list as string[];
      const shown = [...world.truth.values()].filter((one) =>
        owners.includes(one.owner) && !one.dissolved
      );
      return ok({
        group_chat_list: shown.map((one) => ({
          chat_id: one.chatId,
          status: 0,
        })),
      });
    }
    const chat = world.truth.get(body.chat_id);
    if (!chat || chat.dissolved) {
      return Response.json({ errcode: 49008, errmsg: "dissolved" });
    }
    const at = Math.floor(chat.createTime / 1_000);
    return ok({
      group_chat: {
        chat_id: chat.chatId,
        name: chat.name,
        owner: chat.owner,
        create_time: at,
        member_list: chat.members.map(({ userId, type }) => ({
          userid: userId,
          type: type === "member" ? 1 : 2,
          join_time: at,
          join_scene: 1,
        })),
      },
    });
  };
}

export function partsOf(sql: Sql, world: World) {
  const wecom = createWecomClient({
    corpId: "ww",
    agentId: "1",
    secret: new Secret("secret"),
    apiBase: "http://wecom.test",
    fetch: wecomOf(world),
    now,
    random: () => 0.5,
    sleep: () => Promise.resolve(),
    log,
    cache: createMemoryCache({ now }),
  });
  const ground = groundOf({ sql, wecom, now, log });
  const groups = createGroups({
    sql,
    wecom,
    ground,
    nameTemplate: "{customerName}",
    now,
    sleep: () => Promise.resolve(),
    uuid: () => crypto.randomUUID(),
    log,
  });
  return { sql, wecom, ground, groups, now, log };
}

type Parts = ReturnType<typeof partsOf>;

export async function walkReally(
  parts: Parts,
  world: World,
  way: Way,
): Promise<void> {
  const { sql, ground, groups, wecom } = parts;
  switch (way.kind) {
    case "page":
    case "get":
      return void await groups.settle(way.orderId, way.kind);
    case "cron":
      return void await settleDue({ sql, ground, now, log }, 20);
    case "record":
    case "report":
      return await record(parts, world, way);
    case "prepare":
      return await prepare(parts, world, way.orderId);
    case "callback": {
      const answer = await readChat({ sql, wecom, now }, way.chatId);
      const known = await findChat(sql, way.chatId);
      if (answer.kind === "present" && !known?.orderId) {
        const first = Number(known?.firstReading ?? answer.reading.number);
        const options = { via: "callback", since: NOW };
        await settleForChat(ground, answer, first, options);
      }
      return await ground.keep(answer, "callback");
    }
    case "night":
      await settleAll({ sql, ground, now, log }, new Date(NOW));
      for (const { chatId } of world.truth.values()) await ground.read(chatId);
      return void await settleLate({ sql, ground, now, log });
  }
}

async function record(
  { sql, groups }: Parts,
  world: World,
  way: Extract<Way, { kind: "record" | "report" }>,
): Promise<void> {
  const made = world.intents.filter((one) =>
    one.orderId === way.orderId && world.made.has(one.intentId)
  ).at(-1);
  const intent = made && await findIntent(sql, made.intentId);
  if (!intent) return;
  const chatId = way.kind === "report" ? way.chatId : null;
  await refusable(() =>
    groups.record(actorOf(intent.createdBy), orderOf(way), intent, chatId)
  );
}

async function prepare(
  { groups }: Parts,
  world: World,
  orderId: string,
): Promise<void> {
  const former = world.intents.filter((one) => one.orderId === orderId).at(-1);
  if (!former) return;
  const actor = actorOf(former.createdBy);
  const customers = [former.customerExternalUserId] as const;
  const wish = { customers, attempt: "another page" };
  await groups.preview(actor, orderOf({ orderId }), wish);
  await refusable(() => groups.prepare(actor, orderOf({ orderId }), wish));
}

async function refusable(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}

const actorOf = (wxUserId: string): Actor => ({
  wxUserId,
  name: wxUserId,
  role: "designer",
  storeName: null,
});

function orderOf({ orderId }: { orderId: string }): Order {
  return {
    orderId,
    orderNo: orderId,
    customerName: "客户",
    designerWxUserId: "d1",
    projectManagerWxUserId: null,
    storeName: null,
    createdAt: new Date(NOW),
  } as unknown as Order;
}

/** In the words of the worlds in memory. */
export async function recordReally(sql: Sql, world: World): Promise<string> {
  const found = await situationsOf(sql, world.orders, NOW);
  return world.orders.map((orderId) => {
    const situation = found.get(orderId);
    if (situation?.kind === "active") {
      return `${orderId} has ${situation.chat.chatId}`;
    }
    if (situation?.kind !== "question") return `${orderId} has none`;
    const ids = situation.candidates.map((one) => one.chatId).sort();
    return `${orderId} asks ${ids.join(" ")}`;
  }).join("; ");
}
