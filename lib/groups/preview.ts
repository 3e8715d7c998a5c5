/**
 * What the sheet says before anybody confirms: name, people, who is missing, and
 * whether there is a group already. It asks WeCom for what an earlier creation may
 * have left and for groups made by hand, and stores the look; it takes no lease,
 * so a look locks nobody out.
 */
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import type { ChatRow } from "../chats/mirror.ts";
import type { PreviewAnswer } from "../flows/schemas.ts";
import type { Order } from "../orders/order.ts";
import type { Actor } from "../staff/actor.ts";
import { colleaguesNear } from "../staff/near.ts";
import { userKey } from "../staff/user_id.ts";
import { WecomError } from "../wecom/mod.ts";
import { inProgressOf } from "./errors.ts";
import { isLive } from "./intent.ts";
import { groupName } from "./name.ts";
import { type HandMadeGroup, handMadeGroup } from "./hand_made.ts";
import { peopleFor } from "./people.ts";
import type { Second } from "./second.ts";
import { MOST_MEMBERS } from "./prepare.ts";
import type { Ground } from "./ground.ts";
import { settle } from "./settle.ts";
import type { Situation } from "./situation.ts";
import { tellExisting } from "./standing_words.ts";

export type PreviewGroup = (
  actor: Actor,
  order: Order,
  wish: {
    customers: readonly string[];
    second?: Second | undefined;
    requestId?: string | undefined;
  },
) => Promise<PreviewAnswer>;

interface PreviewDeps {
  sql: Sql;
  ground: Ground;
  nameTemplate: string;
  now: () => number;
  log: Log;
  situation: (orderId: string) => Promise<Situation>;
  refreshed: (chat: ChatRow) => Promise<ChatRow>;
}

export function createPreview(deps: PreviewDeps): PreviewGroup {
  const { sql, ground, now, log } = deps;

  /**
   * An error of WeCom's must not stop the person, since it is the client that
   * creates the group. Except when a group may have been made before: a second
   * one could come of it, and only WeCom can tell.
   */
  async function look(
    actor: Actor,
    { orderId }: Order,
    requestId: string | undefined,
  ): Promise<void> {
    const since = now();
    try {
      await ground.look(actor.wxUserId, since);
      await settle(ground, orderId, {
        via: "preview",
        since,
        anew: { by: actor.wxUserId },
        requestId: requestId ?? null,
      });
    } catch (error) {
      const passing = error instanceof WecomError &&
        (error.errorName === "WECOM_UNAVAILABLE" ||
          error.errorName === "RATE_LIMITED");
      const { intents } = await ground.recorded(orderId);
      if (!passing || intents.length > 0) throw error;
      log("warn", "group.look_failed", { orderId, error });
    }
  }

  /**
   * WeCom's list still names groups that are dissolved, so a group is read
   * before it is offered. If it is gone, that is written down, and the next one
   * is tried.
   */
  async function handMade(
    actor: Actor,
    { orderId }: Order,
    customers: readonly string[],
  ): Promise<HandMadeGroup | null> {
    const find = () => handMadeGroup(sql, actor.wxUserId, orderId, customers);
    let offer = await find();
    try {
      while (offer) {
        const { chatId } = offer;
        const answer = await ground.read(chatId, "preview");
        offer = await find();
        if (answer.kind === "present" && offer?.chatId === chatId) break;
      }
    } catch (error) {
      if (!(error instanceof WecomError)) throw error;
      log("warn", "group.offer_not_read", { orderId, error });
    }
    return offer;
  }

  async function found(
    actor: Actor,
    order: Order,
    requestId: string | undefined,
  ): Promise<Situation> {
    const before = await deps.situation(order.orderId);
    if (before.kind === "active") {
      const chat = await deps.refreshed(before.chat);
      if (chat.dismissedAt === null) return { ...before, chat };
    }
    await look(actor, order, requestId);
    return await deps.situation(order.orderId);
  }

  return async (actor, order, { customers, second, requestId }) => {
    const situation = await found(actor, order, requestId);
    const people = await peopleFor(sql, order, actor, customers, second);
    const { second: wanted, ...rest } = people;
    const near = wanted && await colleaguesNear(
      sql,
      order.storeName,
      people.members.map((one) => userKey(one.id)),
    );
    const choices = [wanted?.colleague ?? [], near ?? []].flat();
    const designer = people.members.find((one) => one.role === "designer");
    const intent = "intent" in situation ? situation.intent : null;
    const live = intent && isLive(intent, now());
    const question = situation.kind === "question" ? situation : null;
    const offer = situation.kind === "active" || live || question
      ? null
      : await handMade(actor, order, customers);
    return {
      groupName: groupName(deps.nameTemplate, {
        ...order,
        designerName: designer?.name ?? order.designerWxUserId,
      }),
      ...rest,
      ...(wanted && { second: { ...wanted, choices } }),
      size: { members: people.members.length, most: MOST_MEMBERS },
      existing: existingOf(situation, offer),
      ...(question ? { candidates: question.candidates } : {}),
      ...(intent && live && situation.kind !== "active"
        ? { inProgress: inProgressOf(intent, actor, now()) }
        : {}),
    };
  };
}

function existingOf(
  situation: Situation,
  offer: HandMadeGroup | null,
): PreviewAnswer["existing"] {
  if (situation.kind === "active") {
    const { chatId, name } = situation.chat;
    return { chatId, groupName: name };
  }
  if (situation.kind === "question") {
    const [first] = situation.candidates;
    if (!first) return null;
    const { chatId, groupName, createdAt, memberNames } = first;
    const memberCount = memberNames.length;
    const said = tellExisting(groupName, memberCount);
    return {
      chatId,
      groupName,
      linkable: true,
      createdAt,
      memberCount,
      offer: said,
    };
  }
  if (!offer) return null;
  const { chatId, groupName, linkable } = offer;
  const said = tellExisting(groupName, linkable.memberCount);
  return { chatId, groupName, linkable: true, ...linkable, offer: said };
}
