/**
 * What `settle` stands on, in memory: the world's record and its WeCom, by the
 * rules of the tables. A twin of `lib/groups/ground.ts`, so that many thousand
 * worlds can be tried; a smaller number runs on the real one.
 */
import { AppError } from "../../../lib/http/errors.ts";
import type { ChatAnswer } from "../../../lib/chats/read_chat.ts";
import { LATE_MS, SKEW_MS } from "../../../lib/groups/decide.ts";
import { isOpen, LAPSED, peopleOf } from "../../../lib/groups/intent.ts";
import type { Intent } from "../../../lib/groups/intent.ts";
import type { Ground, OrderRecord } from "../../../lib/groups/ground.ts";
import type { GroupChat } from "../../../lib/wecom/mod.ts";
import { NOW, type World } from "./world.ts";

export function memoryGround(world: World): Ground {
  let reading = NOW;

  function recorded(orderId: string): OrderRecord {
    const intents = world.intents.filter((one) => one.orderId === orderId)
      .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
    const chats = [...world.mirror.values()]
      .filter((chat) => chat.orderId === orderId);
    const chat = chats.find((one) => !one.dismissed) ?? chats.at(-1);
    return {
      intents,
      chat: chat
        ? {
          chatId: chat.chatId,
          boundAt: chat.boundAt,
          dismissedAt: chat.dismissed ? new Date(NOW) : null,
        }
        : null,
    };
  }

  async function keep(answer: ChatAnswer): Promise<void> {
    const { chatId } = answer;
    const known = world.mirror.get(chatId);
    if (answer.kind !== "present") {
      if (known && answer.kind === "dissolved") known.dismissed = true;
      return await Promise.resolve();
    }
    const { name, ownerWxUserId, createTime, members } = answer.chat;
    world.mirror.set(chatId, {
      orderId: null,
      firstName: name,
      firstReading: answer.reading.number,
      boundAt: null,
      ...known,
      chatId,
      name,
      ownerWxUserId,
      createTime,
      members,
      syncedAt: answer.reading.at.getTime(),
      dismissed: false,
    });
  }

  function ask(chatId: string): ChatAnswer {
    const truth = world.truth.get(chatId);
    const at = { number: ++reading, at: new Date(NOW) };
    if (!truth || truth.dissolved) {
      return { kind: "dissolved", chatId, reading: at, error: null as never };
    }
    return { kind: "present", chatId, reading: at, chat: chatOf(truth) };
  }

  const now = () => NOW;
  return {
    now,
    keep,
    recorded: (orderId) => Promise.resolve(recorded(orderId)),

    chatsFor(intents) {
      const owners = new Set(intents.flatMap(peopleOf));
      const from = Math.min(...intents.map((one) => one.createdAt.getTime()));
      const until = Math.max(...intents.map((one) => one.expiresAt.getTime()));
      const first = Math.min(...intents.map((one) => one.openedReading));
      return Promise.resolve(
        [...world.mirror.values()].filter((chat) =>
          !chat.dismissed && owners.has(chat.ownerWxUserId) &&
          chat.firstReading >= first && chat.createTime >= from - SKEW_MS &&
          chat.createTime <= until + LATE_MS
        ),
      );
    },

    intentsFor(chats) {
      const owners = new Set(chats.map((chat) => chat.ownerWxUserId));
      const times = chats.map((chat) => chat.createTime);
      return Promise.resolve(
        world.intents.filter((intent) =>
          intent.userIds.some((id) => owners.has(id)) &&
          intent.createdAt.getTime() <= Math.max(...times) + SKEW_MS &&
          intent.expiresAt.getTime() >= Math.min(...times) - LATE_MS
        ),
      );
    },

    async look(owner) {
      for (const { chatId, owner: whose, dissolved } of world.truth.values()) {
        const known = world.mirror.get(chatId);
        if (whose !== owner || dissolved || known?.orderId) continue;
        if (!known) await keep(ask(chatId));
      }
      return { complete: true };
    },

    async read(chatId) {
      const answer = ask(chatId);
      await keep(answer);
      return answer;
    },

    async bind({ orderId, intent, chat, reading, evidence }) {
      const living = recorded(orderId).chat;
      if (living?.dismissedAt === null && living.chatId !== chat.chatId) {
        throw new AppError("GROUP_ALREADY_EXISTS");
      }
      if (evidence === "look" && intent?.askedAt) return false;
      await keep({ kind: "present", chatId: chat.chatId, chat, reading });
      const known = world.mirror.get(chat.chatId);
      if (!known) throw new Error("Cannot bind what is not kept");
      if (known.orderId && known.orderId !== orderId) {
        throw new AppError("CHAT_BOUND_TO_OTHER_ORDER");
      }
      Object.assign(known, { orderId, boundAt: new Date(NOW) });
      for (const one of recorded(orderId).intents) {
        if (one.intentId === intent?.intentId) {
          Object.assign(one, {
            state: "bound",
            boundAt: new Date(NOW),
            chatId: chat.chatId,
          });
        } else if (isOpen(one)) {
          Object.assign(one, {
            state: "ended",
            reason: "other_group",
            endedAt: new Date(NOW),
          });
        }
      }
      return true;
    },

    note(intent, chatIds, asks) {
      const found = world.candidates.get(intent.intentId) ?? new Set();
      for (const chatId of chatIds) found.add(chatId);
      world.candidates.set(intent.intentId, found);
      const stored = rowOf(world, intent);
      if (asks && chatIds.length > 0) stored.askedAt ??= new Date(NOW);
      return Promise.resolve();
    },

    missed(intent, since) {
      const stored = rowOf(world, intent);
      if (stored.state !== "bound") stored.missedAt = new Date(since);
      return Promise.resolve();
    },

    end(intent, reason) {
      const stored = rowOf(world, intent);
      const lapsed = stored.state === "ended" && LAPSED.has(stored.reason);
      if (isOpen(stored) || lapsed) {
        Object.assign(stored, {
          state: "ended",
          reason,
          endedAt: new Date(NOW),
        });
      }
      return Promise.resolve();
    },
  };
}

function rowOf(world: World, { intentId }: Intent): Intent {
  const found = world.intents.find((one) => one.intentId === intentId);
  if (!found) throw new Error(`No intent ${intentId}`);
  return found;
}

function chatOf(
  { chatId, name, owner, createTime, members }: {
    chatId: string;
    name: string;
    owner: string;
    createTime: number;
    members: readonly { userId: string; type: "member" | "external" }[];
  },
): GroupChat {
  return {
    chatId,
    name,
    ownerWxUserId: owner,
    createTime,
    memberVersion: null,
    members: members.map((one) => ({
      ...one,
      name: one.userId,
      joinTime: createTime,
      joinScene: "direct",
      invitorWxUserId: null,
      state: null,
    })),
  } as unknown as GroupChat;
}
