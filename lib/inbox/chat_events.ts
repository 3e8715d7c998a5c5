/**
 * Events of one customer group. Comings and goings that follow from what we know
 * need no call (see chat_chain.ts). Of all else groupchat/get (92122) answers the
 * whole group, and that is written, so that order, repetition and loss of single
 * events do not matter. The answer lags (92122): one that contradicts an event, or does
 * not know a new group yet, is asked for again, and one that only may be older
 * is written and asked for once more. Groups of people who are no staff of ours
 * are the company's too, and are kept.
 */
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import { beginReading, type Reading } from "../store/reading.ts";
import { adopt, mayBeAdopted } from "../groups/adopt.ts";
import {
  applyTold,
  findChat,
  markDismissed,
  markRefused,
  presentMembers,
  saveChat,
} from "../chats/mirror.ts";
import { memberKeys } from "../chats/member_ids.ts";
import { saveEnd, type Told } from "../chats/stays.ts";
import type { ChatEvent } from "../wecom/callback/event.ts";
import {
  CODE,
  getGroupChat,
  isOfOne,
  type WecomClient,
  WecomError,
} from "../wecom/mod.ts";
import { chainEnd, isStep } from "./chat_chain.ts";
import { judge } from "./chat_evidence.ts";
import { isSure, isYoung, LAG, type Outcome } from "./outcome.ts";
import { type Arrived, type Recent, recentEvents } from "./queue.ts";

export interface ChatHandlerDeps {
  sql: Sql;
  wecom: WecomClient;
  now: () => number;
  log: Log;
}

/** Events come late and out of order: what was told this long ago still counts. */
const RECENT_MS = 10 * 60_000;

type Events = readonly Arrived<ChatEvent>[];

/** Throws what WeCom answers. */
export async function settleChat(
  deps: ChatHandlerDeps,
  chatId: string,
  events: Events,
): Promise<Outcome> {
  const { sql, now } = deps;
  const reading = await beginReading(sql, now);
  return await applyChain(deps, chatId, reading, events) ??
    await readChat(deps, chatId, reading, events);
}

/** Settles without a call what can be; null when the group must be read. */
async function applyChain(
  { sql, now }: ChatHandlerDeps,
  chatId: string,
  reading: Reading,
  events: Events,
): Promise<Outcome | null> {
  const steps = events.filter(isStep);
  if (steps.length < events.length) return null;
  const mirror = await findChat(sql, chatId);
  if (!mirror || mirror.announced !== null || mirror.dismissedAt !== null) {
    return null;
  }
  const end = chainEnd(steps, {
    mirror,
    present: await presentMembers(sql, chatId),
    told: (await recentEvents(sql, `chat/${chatId}`, 0)).filter(ofChat),
  });
  if (end === null || await mayBeAdopted(sql, mirror)) return null;
  return {
    kind: "apply",
    // Somebody may write an answer that lags over it: looked at once more.
    again: events.filter((event) => !isSure(event, now())).map((event) =>
      event.eventId
    ),
    async write(sql) {
      const told = toldBy(events);
      const applied = await applyTold(sql, mirror, end, reading, told);
      if (!applied) return "stale";
    },
  };
}

async function readChat(
  deps: ChatHandlerDeps,
  chatId: string,
  reading: Reading,
  events: Events,
): Promise<Outcome> {
  const { sql, wecom, now } = deps;
  const young = events.filter((event) => isYoung(event, now()));
  let chat;
  try {
    chat = await wecom.call(getGroupChat, { chatId });
  } catch (error) {
    if (!(error instanceof WecomError)) throw error;
    return whenRefused(deps, chatId, reading, events, young, error);
  }
  const subject = `chat/${chatId}`;
  const recent = (await recentEvents(sql, subject, now() - RECENT_MS))
    .filter(ofChat);
  const evidence = {
    chat,
    mirror: await findChat(sql, chatId),
    recent,
    now: now(),
    keyOf: memberKeys(chat.members),
  };
  const judged = young.map((event) => ({
    event,
    verdict: judge(event, evidence),
  }));
  const denied = judged.filter((one) => one.verdict === "denied");
  // What is dissolved does not come back, so the answer is from before it.
  if (young.some((one) => one.change === "dismiss")) return LAG;
  // Who may be missing yet keeps nobody waiting; who may have left already does.
  if (denied.some(({ event }) => event.membership !== "joined")) return LAG;
  const adopted = await adopt(deps, chat, reading, "callback");
  if (denied.length > 0) return LAG;
  // Its members may not all be there yet.
  if (adopted === "unfit" && young.length > 0) return LAG;
  const again = judged.filter(({ event, verdict }) =>
    verdict === "unsure" && !isSure(event, now())
  ).map(({ event }) => event.eventId);
  // The departure may have come, and been settled, before the arrival.
  const told = {
    arrivals: toldBy(events).arrivals,
    departures: toldBy([
      ...events,
      ...recent.filter((event) => event.settled),
    ]).departures,
  };
  return {
    kind: "apply",
    again,
    async write(sql) {
      await saveChat(sql, chat, reading, told);
    },
  };
}

function ofChat(event: Recent): event is Recent<ChatEvent> {
  return event.kind === "chat";
}

function whenRefused(
  { log }: ChatHandlerDeps,
  chatId: string,
  reading: Reading,
  events: Events,
  young: Events,
  error: WecomError,
): Outcome {
  const dismissed = events.some((event) => event.change === "dismiss");
  const over = dismissed && error.remedy === "gone" &&
    (error.errcode === CODE.UNKNOWN_GROUP || young.length === 0);
  if (error.errcode === CODE.GROUP_DISSOLVED || over) {
    return {
      kind: "apply",
      async write(sql) {
        if (!await findChat(sql, chatId)) return;
        await saveEnd(sql, chatId, toldBy(events));
        await markDismissed(sql, chatId, reading, "callback");
      },
    };
  }
  if (error.errcode === CODE.UNKNOWN_GROUP && young.length > 0) return LAG;
  if (!isOfOne(error) || error.remedy !== "gone" && error.remedy !== "denied") {
    throw error;
  }
  // An internal group, or its owner is out of the app's scope: the mirror keeps
  // what it has, and offers it to nobody.
  log("info", "inbox.chat_not_visible", { chatId, errcode: error.errcode });
  return {
    kind: "apply",
    write: (sql) => markRefused(sql, chatId, reading),
  };
}

/** Readings show who is there; comings and goings in between are in the events. */
function toldBy(events: Events): Told {
  const of = (membership: ChatEvent["membership"]) =>
    events.filter((event) => event.membership === membership).flatMap((event) =>
      event.memberIds.map((memberId) => ({ memberId, event }))
    );
  return {
    arrivals: of("joined").map(({ memberId, event }) => ({
      memberId,
      at: event.at,
      scene: event.joinScene,
    })),
    departures: of("left").map(({ memberId, event }) => ({
      memberId,
      at: event.at,
      scene: event.quitScene,
    })),
  };
}
