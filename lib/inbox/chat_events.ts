/**
 * Events of one customer group. People who come and go by a chain of events
 * need no call (see chat_chain.ts). For all other events the whole group is
 * read by groupchat/get (92122) and written, so it does not matter if single
 * events are out of order, repeated or lost. The answer lags (92122): if it
 * contradicts an event, or does not know a new group yet, it is asked for
 * again; if it only may be too old, it is written and asked for once more.
 * Groups whose members are no staff of ours are the company's too, and are
 * kept.
 */
import type { Sql, TransactionSql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import { beginReading, type Reading } from "../store/reading.ts";
import { keepEnd, keepReading, tellChatFacts } from "../groups/chat_facts.ts";
import { isAwaited } from "../groups/intents.ts";
import type { Ground } from "../groups/ground.ts";
import { settle } from "../groups/settle.ts";
import { settleForChat } from "../groups/settle_for_chat.ts";
import {
  applyTold,
  findChat,
  markRefused,
  presentMembers,
  saveEnd,
} from "../chats/mirror.ts";
import { memberKeys } from "../chats/member_ids.ts";
import { readChat, type Refused } from "../chats/read_chat.ts";
import type { ToldMoves } from "../chats/told_moves.ts";
import type { ChatEvent } from "../wecom/callback/event.ts";
import type { GroupChat, WecomClient } from "../wecom/mod.ts";
import { type Arrived, isSure, isYoung, type Recent } from "./arrived.ts";
import { chainEnd, isStep } from "./chat_chain.ts";
import { judgeEvent } from "./chat_evidence.ts";
import { movesTold } from "./chat_moves.ts";
import { LAG, type Outcome } from "./outcome.ts";
import { recentEvents } from "./task_queue.ts";

export interface ChatHandlerDeps {
  sql: Sql;
  wecom: WecomClient;
  /** For `settle`, of orders that wait for a chat. */
  ground: Ground;
  now: () => number;
  log: Log;
}

/** Events come late and out of order, so events up to this age still count. */
const RECENT_MS = 10 * 60_000;

type Events = readonly Arrived<ChatEvent>[];

/** The events that this turn settles, and all kept events of the group. */
interface Turn {
  chatId: string;
  reading: Reading;
  events: Events;
  told: readonly Recent<ChatEvent>[];
}

/** Throws what WeCom answers. */
export async function settleChat(
  deps: ChatHandlerDeps,
  chatId: string,
  events: Events,
): Promise<Outcome> {
  const { sql, wecom, now } = deps;
  const reading = await beginReading(sql, now);
  const told = (await recentEvents(sql, `chat/${chatId}`, 0)).filter(ofChat);
  const turn = { chatId, reading, events, told };
  const applied = await applyChain(deps, turn);
  if (applied) return applied;
  const answer = await readChat({ sql, wecom, now }, chatId, { reading });
  return answer.kind === "present"
    ? await settleShown(deps, turn, answer.chat)
    : settleRefused(deps, turn, answer);
}

/**
 * Settles the events without a call if possible; null when the group must be
 * read.
 */
async function applyChain(
  { sql, now }: ChatHandlerDeps,
  { chatId, reading, events, told }: Turn,
): Promise<Outcome | null> {
  const steps = events.filter(isStep);
  if (steps.length < events.length) return null;
  const mirror = await findChat(sql, chatId);
  if (!mirror || mirror.announced !== null || mirror.dismissedAt !== null) {
    return null;
  }
  const present = await presentMembers(sql, chatId);
  const end = chainEnd(steps, { mirror, present, told });
  if (end === null || await isAwaited(sql, mirror)) return null;
  return {
    kind: "apply",
    // An answer that lags may be written over this, so the group is read once
    // more.
    again: events.filter((event) => !isSure(event, now())).map((event) =>
      event.eventId
    ),
    async write(sql) {
      const moves = movesTold(events);
      const changes = await applyTold(sql, mirror, end, reading, moves);
      if (!changes) return "stale";
      await tellChatFacts(sql, changes, { via: "callback", at: reading.at });
    },
  };
}

async function settleShown(
  deps: ChatHandlerDeps,
  { chatId, reading, events, told }: Turn,
  chat: GroupChat,
): Promise<Outcome> {
  const { sql, now } = deps;
  const young = events.filter((event) => isYoung(event, now()));
  const since = now() - RECENT_MS;
  const evidence = {
    chat,
    mirror: await findChat(sql, chatId),
    recent: told.filter((event) => event.receivedAt.getTime() >= since),
    now: now(),
    keyOf: memberKeys(chat.members),
  };
  const judged = young.map((event) => ({
    event,
    verdict: judgeEvent(event, evidence),
  }));
  const denied = judged.filter((one) => one.verdict === "denied");
  // A dissolved group does not come back, so the answer is older than the
  // event.
  if (young.some((one) => one.change === "dismiss")) return LAG;
  // An answer that may lack somebody who joined is good enough to settle
  // orders; one that may show somebody who has left is not.
  if (denied.some(({ event }) => event.membership !== "joined")) return LAG;
  const { mirror } = evidence;
  const around = mirror && mirror.orderId !== null
    ? "none"
    : await settleForChat(
      deps.ground,
      { kind: "present", chatId, chat, reading },
      Number(mirror?.firstReading ?? reading.number),
      { via: "callback", since: now() },
    );
  if (denied.length > 0) return LAG;
  // The answer may not show all of its members yet.
  if (around === "unfit" && young.length > 0) return LAG;
  const again = judged.filter(({ event, verdict }) =>
    verdict === "unsure" && !isSure(event, now())
  ).map(({ event }) => event.eventId);
  const moves = movesTold(events, told);
  return {
    kind: "apply",
    again,
    async write(sql) {
      const source = { via: "callback", told: moves };
      const kept = await keepReading(sql, chat, reading, source);
      // The mirror has a later reading; these moves must not be lost, so try
      // again.
      if (!kept) return "stale";
    },
  };
}

function ofChat(event: Recent): event is Recent<ChatEvent> {
  return event.kind === "chat";
}

function settleRefused(
  deps: ChatHandlerDeps,
  { chatId, reading, events, told }: Turn,
  { kind, error }: Refused,
): Outcome {
  const { log, now } = deps;
  const isGone = error.remedy === "gone";
  const hasYoung = events.some((event) => isYoung(event, now()));
  const isDismissed = events.some((event) => event.change === "dismiss");
  const isOver = isDismissed && isGone && (kind === "unknown" || !hasYoung);
  if (kind === "dissolved" || isOver) {
    const moves = movesTold(events, told);
    return {
      kind: "apply",
      write: (sql) => writeEnd(sql, chatId, reading, moves),
      after: () => settleFormer(deps, chatId),
    };
  }
  if (kind === "unknown" && hasYoung) return LAG;
  if (!isGone && error.remedy !== "denied") throw error;
  // It is an internal group, or the app may not see its owner: the mirror keeps
  // what it has, and does not offer the group to anybody.
  const { errcode } = error;
  log("info", "inbox.chat_not_visible", { chatId, errcode });
  return {
    kind: "apply",
    write: (sql) => markRefused(sql, chatId, reading),
  };
}

/**
 * The order that lost its group may have another one: a person is asked about
 * it.
 */
async function settleFormer(
  { sql, ground, log }: ChatHandlerDeps,
  chatId: string,
): Promise<void> {
  const orderId = (await findChat(sql, chatId))?.orderId;
  if (!orderId) return;
  try {
    await settle(ground, orderId, { via: "callback" });
  } catch (error) {
    log("warn", "group.not_looked", { orderId, via: "callback", error });
  }
}

async function writeEnd(
  sql: TransactionSql,
  chatId: string,
  reading: Reading,
  moves: ToldMoves,
): Promise<void> {
  const via = "callback";
  const moved = await saveEnd(sql, chatId, moves);
  await tellChatFacts(sql, moved, { via, at: reading.at });
  await keepEnd(sql, chatId, reading, { via });
}
