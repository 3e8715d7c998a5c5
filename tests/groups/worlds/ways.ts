/**
 * The ways back to a group whose creation nobody told the end of, on a world in
 * memory: what a person, a callback, the clock and the night do.
 */
import { fits } from "../../../lib/groups/decide.ts";
import {
  type Intent,
  isLapsed,
  isLive,
  isOpen,
  LEASE_MS,
  SEARCH_MS,
} from "../../../lib/groups/intent.ts";
import type { Ground } from "../../../lib/groups/ground.ts";
import { settle } from "../../../lib/groups/settle.ts";
import { settleForChat } from "../../../lib/groups/settle_for_chat.ts";
import { NOW, type World } from "./world.ts";

export type Way =
  | { kind: "page" | "get" | "prepare" | "cron"; orderId: string }
  | { kind: "record"; orderId: string }
  | { kind: "report"; orderId: string; intentId: string; chatId: string }
  | { kind: "callback"; chatId: string }
  | { kind: "night" };

/** All that the world has; each of them may come at any time. */
export function waysOf(world: World): Way[] {
  const ways: Way[] = [{ kind: "night" }];
  for (const orderId of world.orders) {
    ways.push(
      { kind: "page", orderId },
      { kind: "get", orderId },
      { kind: "prepare", orderId },
      { kind: "cron", orderId },
    );
    const newest = newestOf(world, orderId);
    const chatId = newest && world.made.get(newest.intentId);
    if (!newest || !chatId) continue;
    const { intentId } = newest;
    // Clients of today tell the id, old ones that there is a group.
    ways.push(
      world.seed % 2 === 0
        ? { kind: "report", orderId, intentId, chatId }
        : { kind: "record", orderId },
    );
  }
  for (const chatId of world.truth.keys()) {
    ways.push({ kind: "callback", chatId });
  }
  return ways;
}

export async function walk(
  world: World,
  ground: Ground,
  way: Way,
): Promise<void> {
  switch (way.kind) {
    case "page":
    case "get":
      return await settle(ground, way.orderId, { via: way.kind });
    case "cron": {
      const newest = newestOf(world, way.orderId);
      if (newest && isOpen(newest)) {
        await settle(ground, way.orderId, { via: "cron" });
      }
      return;
    }
    case "prepare":
      return await prepare(world, ground, way.orderId);
    case "record":
      report(newestMade(world, way.orderId), null);
      return await settle(ground, way.orderId, { via: "record", since: NOW });
    case "report":
      return await record(world, ground, way);
    case "callback":
      return await callback(world, ground, way.chatId);
    case "night":
      return await night(world, ground);
  }
}

function newestOf(world: World, orderId: string): Intent | null {
  return world.intents.filter((one) => one.orderId === orderId)
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0] ?? null;
}

function newestMade(world: World, orderId: string): Intent | null {
  const intent = newestOf(world, orderId);
  return intent && world.made.has(intent.intentId) ? intent : null;
}

/** The move `report`: what the client told is stored. */
function report(
  intent: Intent | null,
  chatId: string | null,
): void {
  if (!intent || intent.state === "bound") return;
  if (intent.state === "ended" && intent.reportedAt !== null) return;
  const first = intent.reportedAt === null;
  Object.assign(intent, {
    state: "searching",
    chatId: chatId ?? intent.chatId,
    ...(first
      ? { reportedAt: new Date(NOW), expiresAt: new Date(NOW + SEARCH_MS) }
      : {}),
  });
}

/** With its id, WeCom shows it, and it is the order's. */
async function record(
  world: World,
  ground: Ground,
  { orderId, intentId, chatId }: Way & { kind: "report" },
): Promise<void> {
  const { chat } = await ground.recorded(orderId);
  if (chat && chat.dismissedAt === null) return;
  if (world.mirror.get(chatId)?.orderId) return;
  const intent = world.intents.find((one) => one.intentId === intentId);
  if (!intent) return;
  report(intent, chatId);
  const answer = await ground.read(chatId);
  if (answer.kind !== "present") return;
  await ground.bind({
    orderId,
    intent,
    chat: answer.chat,
    reading: answer.reading,
    cause: { actor: intent.createdBy, via: "record" },
    evidence: "report",
  });
}

/** Preview, then the tap: another creation where nothing was found. */
async function prepare(
  world: World,
  ground: Ground,
  orderId: string,
): Promise<void> {
  const former = newestOf(world, orderId);
  if (!former) return;
  await ground.look(former.createdBy, NOW);
  await settle(ground, orderId, {
    via: "preview",
    since: NOW,
    anew: { by: former.createdBy },
  });
  const { chat } = await ground.recorded(orderId);
  if (chat && chat.dismissedAt === null) return;
  if (isLive(former, NOW) || questionOf(world, orderId).length > 0) return;
  if (isOpen(former)) {
    Object.assign(former, {
      state: "ended",
      reason: "superseded",
      endedAt: new Date(NOW),
    });
  }
  world.intents.push({
    ...former,
    intentId: `${orderId}-new`,
    attempt: "another page",
    state: "launched",
    launchedAt: new Date(NOW),
    createdAt: new Date(NOW),
    expiresAt: new Date(NOW + LEASE_MS),
    openedReading: Number.MAX_SAFE_INTEGER,
    missedAt: null,
    askedAt: null,
    reportedAt: null,
    chatId: null,
  });
}

async function callback(
  world: World,
  ground: Ground,
  chatId: string,
): Promise<void> {
  const known = world.mirror.get(chatId);
  const reading = await ground.read(chatId);
  if (reading.kind !== "present") return await ground.keep(reading, "callback");
  if (!known?.orderId) {
    const first = known?.firstReading ?? reading.reading.number;
    await settleForChat(ground, reading, first, {
      via: "callback",
      since: NOW,
    });
  }
  await ground.keep(reading, "callback");
}

async function night(world: World, ground: Ground): Promise<void> {
  for (const orderId of world.orders) {
    const newest = newestOf(world, orderId);
    if (newest && isOpen(newest)) {
      await settle(ground, orderId, { via: "reconcile" });
    }
  }
  for (const { chatId } of world.truth.values()) await ground.read(chatId);
  for (const orderId of world.orders) {
    const newest = newestOf(world, orderId);
    if (newest && newest.state === "ended" && isLapsed(newest, NOW)) {
      await settle(ground, orderId, { via: "reconcile" });
    }
  }
}

/**
 * What is recorded in the end: groups and questions. What a person began anew, who
 * found neither, is their own doing.
 */
export function recordOf(world: World): string {
  return world.orders.map((orderId) => {
    const bound = [...world.mirror.values()].find((chat) =>
      chat.orderId === orderId && !chat.dismissed
    );
    if (bound) return `${orderId} has ${bound.chatId}`;
    const asked = questionOf(world, orderId);
    return asked.length > 0
      ? `${orderId} asks ${asked.join(" ")}`
      : `${orderId} has none`;
  }).join("; ");
}

function questionOf(world: World, orderId: string): string[] {
  const newest = newestOf(world, orderId);
  return newest?.askedAt ? candidatesOf(world, orderId) : [];
}

function candidatesOf(world: World, orderId: string): string[] {
  const found = new Set<string>();
  for (const { intentId, orderId: whose } of world.intents) {
    if (whose !== orderId) continue;
    for (const chatId of world.candidates.get(intentId) ?? []) {
      const chat = world.mirror.get(chatId);
      if (chat && !chat.dismissed && !chat.orderId) found.add(chatId);
    }
  }
  return [...found].sort();
}

/** The callback of the release before last: it knew one half of the rule. */
export async function callbackAsItWas(
  world: World,
  ground: Ground,
  chatId: string,
): Promise<void> {
  const answer = await ground.read(chatId);
  const chat = world.mirror.get(chatId);
  if (answer.kind !== "present" || !chat || chat.orderId) return;
  const waiting = world.intents.filter((intent) =>
    fits(chat, intent) && intent.state !== "bound" &&
    intent === newestOf(world, intent.orderId)
  );
  const [only] = waiting;
  if (!only || waiting.length > 1) return;
  const { chat: group } = await ground.recorded(only.orderId);
  if (group && group.dismissedAt === null) return;
  await ground.bind({
    orderId: only.orderId,
    intent: only,
    chat: answer.chat,
    reading: answer.reading,
    cause: { actor: only.createdBy, via: "callback" },
    // It asked nobody.
    evidence: "report",
  });
}

/** The page of the release before last: it knew the other half. */
export async function pageAsItWas(
  world: World,
  ground: Ground,
  orderId: string,
): Promise<void> {
  const intent = newestOf(world, orderId);
  const { chat: group } = await ground.recorded(orderId);
  if (!intent || intent.state === "bound" || group?.dismissedAt === null) {
    return;
  }
  await ground.look(intent.createdBy, NOW);
  const free = (await ground.chatsFor([intent])).filter((chat) =>
    chat.orderId === null && fits(chat, intent)
  );
  const [only] = free;
  if (!only || free.length > 1) return;
  const answer = await ground.read(only.chatId);
  if (answer.kind !== "present") return;
  await ground.bind({
    orderId,
    intent,
    chat: answer.chat,
    reading: answer.reading,
    cause: { actor: intent.createdBy, via: "page" },
    evidence: "report",
  });
}
