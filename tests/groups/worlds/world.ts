/**
 * A small company as WeCom shows it, and what is recorded of it so far: orders of
 * the same people and customers, creations whose ends were lost, groups that fit
 * several of them. Made of a seed; nothing in it changes but by the ways back.
 */
import { LEASE_MS, SEARCH_MS } from "../../../lib/groups/intent.ts";
import type { EndReason, Intent } from "../../../lib/groups/intent.ts";
import type { ChatAround } from "../../../lib/chats/around.ts";
import { type Dice, diceOf } from "./dice.ts";

const MINUTE = 60_000;
/** When all of it is looked at: everything lies some minutes back. */
export const NOW = Date.UTC(2026, 10, 26, 4);

export interface Truth {
  chatId: string;
  name: string;
  owner: string;
  createTime: number;
  members: { userId: string; type: "member" | "external" }[];
  dissolved: boolean;
}

export interface Mirrored extends ChatAround {
  dismissed: boolean;
  boundAt: Date | null;
}

export interface World {
  seed: number;
  orders: string[];
  /** What WeCom shows. */
  truth: Map<string, Truth>;
  mirror: Map<string, Mirrored>;
  intents: Intent[];
  /** Chats that people were asked about, by intent. */
  candidates: Map<string, Set<string>>;
  /** Which chat the client really made of an intent, and may report. */
  made: Map<string, string>;
}

const PEOPLE = ["d1", "d2", "p1"] as const;
const CUSTOMERS = ["wm1", "wm2"] as const;

export function worldOf(seed: number): World {
  const dice = diceOf(seed);
  const world: World = {
    seed,
    orders: [],
    truth: new Map(),
    mirror: new Map(),
    intents: [],
    candidates: new Map(),
    made: new Map(),
  };
  const count = 1 + dice.below(3);
  for (let n = 1; n <= count; n++) addOrder(world, dice, `O${n}`);
  const more = dice.below(3);
  for (let n = 0; n < more; n++) addStray(world, dice);
  return world;
}

function addOrder(world: World, dice: Dice, orderId: string): void {
  world.orders.push(orderId);
  const designer = dice.of(["d1", "d1", "d2"] as const);
  const userIds = dice.chance(0.8) ? [designer, "p1"] : [designer];
  const customer = dice.of(["wm1", "wm1", "wm2"] as const);
  const name = dice.chance(0.7) ? `${customer}-群` : `${customer}-${orderId}`;
  const times = dice.chance(0.3) ? 2 : 1;
  let began = NOW - (5 + dice.below(40)) * MINUTE;
  for (let turn = 0; turn < times; turn++) {
    const last = turn === times - 1;
    const intent = intentOf(world, dice, {
      orderId,
      createdBy: dice.chance(0.85) ? designer : "p1",
      userIds,
      customer,
      name,
      began,
      last,
    });
    addChats(world, dice, intent);
    began += (3 + dice.below(12)) * MINUTE;
    if (began > NOW - 4 * MINUTE) break;
  }
  // The newest one counts; one before it had come to its end.
  const own = world.intents.filter((one) => one.orderId === orderId);
  for (const earlier of own.slice(0, -1)) end(earlier, dice.of(EARLIER));
}

const EARLIER = ["superseded", "taken_over", "cancelled"] as const;

function intentOf(
  world: World,
  dice: Dice,
  plan: {
    orderId: string;
    createdBy: string;
    userIds: string[];
    customer: string;
    name: string;
    began: number;
    last: boolean;
  },
): Intent {
  const { orderId, createdBy, customer, began } = plan;
  const intentId = `${orderId}-${world.intents.length}`;
  const intent: Intent = {
    intentId,
    orderId,
    createdBy,
    customerExternalUserId: customer,
    userIds: plan.userIds.includes(createdBy)
      ? plan.userIds
      : [...plan.userIds, createdBy],
    externalUserIds: [customer],
    groupName: plan.name,
    attempt: `page-${intentId}`,
    chatId: null,
    reportedAt: null,
    expiresAt: new Date(began + LEASE_MS),
    createdAt: new Date(began),
    missedAt: null,
    askedAt: null,
    // Readings are numbered as time goes.
    openedReading: began,
    state: "launched",
    launchedAt: new Date(began),
  };
  world.intents.push(intent);
  const over = began + LEASE_MS <= NOW;
  if (dice.chance(0.2)) {
    const at = began + (1 + dice.below(4)) * MINUTE;
    Object.assign(intent, {
      state: "searching",
      reportedAt: new Date(at),
      expiresAt: new Date(at + SEARCH_MS),
    });
  } else if (over && dice.chance(0.4)) {
    end(intent, dice.of(["not_reported", "not_asked", "cancelled"] as const));
  }
  return intent;
}

function end(intent: Intent, reason: EndReason): void {
  const at = Math.min(intent.expiresAt.getTime(), NOW - MINUTE);
  Object.assign(intent, {
    state: "ended",
    reason,
    endedAt: new Date(at),
    chatId: null,
  });
}

/** What the client made of it: nothing, one, or two. */
function addChats(world: World, dice: Dice, intent: Intent): void {
  const number = dice.of([0, 1, 1, 1, 2] as const);
  for (let n = 0; n < number; n++) {
    const after = 1 + dice.below(n === 0 ? 120 : 500);
    const createTime = Math.min(
      intent.createdAt.getTime() + after * 1_000,
      NOW - 3 * MINUTE,
    );
    const chat = addChat(world, dice, {
      name: dice.chance(0.85) ? intent.groupName : "改过的名字",
      owner: dice.chance(0.92) ? intent.createdBy : dice.of(PEOPLE),
      createTime: Math.floor(createTime / 1_000) * 1_000,
      userIds: intent.userIds,
      customers: intent.externalUserIds,
    });
    const intact = chat.owner === intent.createdBy &&
      chat.name === intent.groupName && !chat.dissolved &&
      chat.members.length ===
        intent.userIds.length + intent.externalUserIds.length;
    if (n === 0 && intact) world.made.set(intent.intentId, chat.chatId);
  }
}

/** A group that somebody made by hand, or of a time and people of its own. */
function addStray(world: World, dice: Dice): void {
  const owner = dice.of(PEOPLE);
  const others = PEOPLE.filter(() => dice.chance(0.6));
  const createTime = NOW - (3 + dice.below(50)) * MINUTE;
  addChat(world, dice, {
    name: dice.chance(0.5) ? `${dice.of(CUSTOMERS)}-群` : "手工建的群",
    owner,
    createTime,
    userIds: [...new Set([owner, ...others])],
    customers: CUSTOMERS.filter(() => dice.chance(0.7)),
  });
}

function addChat(
  world: World,
  dice: Dice,
  plan: {
    name: string;
    owner: string;
    createTime: number;
    userIds: readonly string[];
    customers: readonly string[];
  },
): Truth {
  const chatId = `wr${world.truth.size}`;
  const members: Truth["members"] = [
    ...plan.userIds.map((userId) => ({ userId, type: "member" as const })),
    ...plan.customers.map((userId) => ({ userId, type: "external" as const })),
  ].filter(() => dice.chance(0.97));
  const { name, owner, createTime } = plan;
  const dissolved = dice.chance(0.08);
  const truth: Truth = { chatId, name, owner, createTime, members, dissolved };
  world.truth.set(chatId, truth);
  if (dice.chance(0.4)) mirrorIt(world, dice, truth);
  return truth;
}

/** The mirror knows it, as it was: since then it may have changed. */
function mirrorIt(world: World, dice: Dice, truth: Truth): void {
  const seenAt = truth.createTime + dice.below(120) * 1_000;
  const stale = dice.chance(0.2);
  world.mirror.set(truth.chatId, {
    chatId: truth.chatId,
    orderId: null,
    name: truth.name,
    firstName: truth.name,
    ownerWxUserId: truth.owner,
    createTime: truth.createTime,
    firstReading: seenAt,
    syncedAt: seenAt,
    members: stale ? truth.members.slice(0, -1) : truth.members,
    dismissed: false,
    boundAt: null,
  });
}

/** For a run of its own. */
export function copyOf(world: World): World {
  return structuredClone(world);
}
