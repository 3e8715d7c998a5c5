/**
 * A page without a browser: the actions over a server, a client and a storage
 * that answer as the test says. Waiting is in the test's hands.
 */
import assert from "node:assert/strict";
import { type Actions, createActions } from "../../lib/ui/actions.ts";
import type { Api, Result } from "../../lib/ui/api.ts";
import type { Bridge, Client } from "../../lib/ui/bridge.ts";
import type { ClientAnswer } from "../../lib/ui/refusal.ts";
import type { GroupPageModel, Problem } from "../../lib/ui/model.ts";
import { createOutbox, type Outbox } from "../../lib/ui/outbox.ts";
import type { At, Step } from "../../lib/ui/state/step.ts";
import { chosenAtFirst } from "../../lib/flows/customer_match.ts";
import { tellMatch } from "../../lib/contacts/match_words.ts";
import type { Order } from "../../lib/orders/order.ts";
import { tellGroup } from "../../lib/groups/group_words.ts";
import { tellUnderWay, UNFINISHED } from "../../lib/groups/standing_words.ts";
import type {
  Candidate,
  GroupView,
  InProgress,
  MatchView,
  PreviewAnswer,
} from "../../lib/flows/schemas.ts";

export { UNFINISHED };

export const UNDER_WAY = tellUnderWay(false, "王强");

export const NOW = Date.parse("2026-11-22T04:00:00Z");

const ORDER = {
  phoneHashes: ["hash"],
  sharedHashes: [],
  designerWxUserId: "chenjing",
  designerName: "陈静",
  projectManagerWxUserId: "wangqiang",
  projectManagerName: "王强",
};

export function candidate(over: Partial<Candidate> = {}): Candidate {
  return {
    externalUserId: "wmWang",
    name: "建国",
    remark: "王先生 滨江花园",
    phone: "138****0001",
    avatar: null,
    addedAt: "2026-11-01T00:00:00.000Z",
    ...over,
  };
}

/** As the server tells it to the designer, of what is known so. */
export function match(
  over: Partial<MatchView> = {},
  order: Partial<Order> = {},
): MatchView {
  const view = {
    status: "matched" as const,
    candidates: [candidate()],
    followers: [],
    suggestions: [],
    syncedAt: "2026-11-22T03:00:00.000Z",
    ...over,
  };
  const match = {
    ...view,
    half: view.half ?? false,
    syncedAt: new Date(NOW),
  };
  const told = tellMatch(match, {
    order: { ...ORDER, ...order },
    actor: { wxUserId: "chenjing" },
    at: NOW,
  });
  return { ...view, chosen: chosenAtFirst(match), told };
}

/** As the server tells the designer of a customer whom nobody has added. */
export const NOBODY = missed();

export function missed(
  over: Partial<MatchView> = {},
  order: Partial<Order> = {},
): MatchView {
  return match({ status: "none", candidates: [], ...over }, order);
}

export function pageModel(over: Partial<GroupPageModel> = {}): GroupPageModel {
  const signature = { timestamp: 1795147200, nonceStr: "n", signature: "s" };
  return {
    viewer: { wxUserId: "chenjing", name: "陈静" },
    order: {
      orderId: "order-1",
      orderNo: "XH2611001",
      designerWxUserId: "chenjing",
      designerName: "陈静",
      projectManagerWxUserId: "wangqiang",
      projectManagerName: "王强",
      customerName: "王建国",
      customerPhone: "138****0001",
      storeName: "徐汇店",
      createdAt: "2026-11-20T00:00:00.000Z",
      group: null,
    },
    group: null,
    intent: null,
    match: { kind: "known", match: match(), stale: false },
    signing: {
      corpId: "ww1",
      agentId: "1000002",
      url: "https://erp.example.com/orders/order-1/group",
      config: signature,
      agentConfig: signature,
    },
    signingProblem: null,
    version: "v1",
    mayNote: true,
    staff: [
      { id: "chenjing", name: "陈静", label: "您，群主" },
      { id: "wangqiang", name: "王强", label: "项目经理" },
    ],
    ...over,
  };
}

/** As the server tells it to 陈静, the designer of the order. */
export const told = (group: GroupView): GroupView => ({
  ...group,
  told: tellGroup(group, pageModel().order, "chenjing", {
    welcome: "{customerName}您好",
    next: null,
  }),
});

export const PREPARED = {
  intentId: "intent-1",
  groupName: "王建国-服务群",
  userIds: ["chenjing", "wangqiang"],
  externalUserIds: ["wmWang"],
  expiresInMs: 600_000,
  expiresAt: "2026-11-22T04:10:00.000Z",
};

export function preview(over: Partial<PreviewAnswer> = {}): PreviewAnswer {
  return {
    groupName: PREPARED.groupName,
    members: [
      { id: "wmWang", name: "建国", role: "customer" },
      { id: "chenjing", name: "陈静", role: "designer", label: "您，群主" },
      {
        id: "wangqiang",
        name: "王强",
        role: "project_manager",
        label: "项目经理",
      },
    ],
    missing: [],
    size: { members: 3, most: 40 },
    existing: null,
    ...over,
  };
}

/** A colleague's creation; with `mine`, one's own on another page. */
export function inProgress(over: Partial<InProgress> = {}): InProgress {
  return {
    mine: false,
    byWxUserId: "wangqiang",
    byName: "王强",
    status: "pending",
    expiresInMs: 300_000,
    expiresAt: "2026-11-22T04:05:00.000Z",
    told: UNDER_WAY,
    ...over,
  };
}

export const ELSEWHERE = inProgress({
  mine: true,
  byWxUserId: "chenjing",
  byName: "陈静",
  intentId: "intent-0",
  customerExternalUserIds: ["wmWang"],
  told: tellUnderWay(true, "陈静"),
});

export const ACTIVE = {
  success: true as const,
  chatId: "wrChat",
  groupName: "王建国-服务群",
  status: "active" as const,
};

export const ok = <T>(data: T): Result<T> => ({ ok: true, data });

export const no = (
  error: Problem["error"],
  details?: unknown,
): Result<never> => ({
  ok: false,
  problem: { error, msg: error, details } as Problem,
});

type Handler = (input: Record<string, unknown>) => unknown;

export interface Rig {
  act: Actions;
  /** What is on the screen. */
  readonly step: Step;
  /** The same, which must be this step. */
  on<A extends Step["at"]>(at: A): At<A>;
  /** All that was shown, oldest first. */
  shown: Step[];
  /** Calls of flows, and of the client, in order. */
  calls: string[];
  inputs: Record<string, unknown>[];
  /** Inputs of this flow alone. */
  of(flowId: string): Record<string, unknown>[];
  /** Answers of flows by name; replace them at will. */
  server: Record<string, Handler>;
  client: {
    createChat: () => Promise<ClientAnswer<string | null>>;
    openChat: (chatId: string) => Promise<boolean>;
    pickContact: () => Promise<ClientAnswer<string[]>>;
    addCustomer: () => Promise<ClientAnswer<unknown>>;
    addStaff: (
      chatId: string,
      userIds: string[],
    ) => Promise<ClientAnswer<unknown>>;
  };
  registration: (problem: Problem | null) => void;
  outbox: Outbox;
  /** Lets the longest waiting sleep end; the milliseconds it was for. */
  wake(): Promise<number>;
  /** Until nothing more happens without time passing. */
  settle(): Promise<void>;
}

export interface RigOptions {
  model?: GroupPageModel;
  client?: Client;
  canInvite?: boolean;
  storage?: Map<string, string>;
  server?: Record<string, Handler>;
  now?: () => number;
}

export function rig(options: RigOptions = {}): Rig {
  const model = options.model ?? pageModel();
  const storage = options.storage ?? new Map<string, string>();
  const now = options.now ?? (() => NOW);
  const calls: string[] = [];
  const inputs: Record<string, unknown>[] = [];
  const asked: [flowId: string, input: Record<string, unknown>][] = [];
  const shown: Step[] = [];
  const sleepers: { ms: number; wake: () => void }[] = [];
  const late: { registration?: (problem: Problem | null) => void } = {};

  const linked = (): Candidate => {
    const [, input] = asked.findLast(([name]) => name === "customer.link") ??
      [];
    if (!input) return candidate();
    const externalUserId = String(input.externalUserId);
    const known = model.match?.kind === "known" ? model.match.match : null;
    return known?.suggestions
      .find((one) => one.externalUserId === externalUserId) ??
      candidate({ externalUserId, name: "雨桐" });
  };
  const server: Record<string, Handler> = {
    "group.preview": () => ok(preview()),
    "group.prepare": () => ok(PREPARED),
    "group.record": () => ok(ACTIVE),
    "group.cancel": () => ok({ success: true }),
    "group.get": () => no("GROUP_NOT_FOUND"),
    "group.link": () => ok(ACTIVE),
    // Who was chosen by hand is the customer from then on.
    "customer.match": () => ok(match({ candidates: [linked()] })),
    "customer.link": ({ externalUserId }) =>
      ok({ externalUserId, name: "雨桐", writtenBack: true }),
    "contact.get": ({ externalUserId }) =>
      ok(candidate({
        externalUserId: String(externalUserId),
        name: "雨桐",
        remark: "雨桐 滨江",
      })),
    "contacts.sync": () => ok(null),
    ...options.server,
  };
  const call = async (name: string, input: Record<string, unknown>) => {
    calls.push(name);
    inputs.push(input);
    asked.push([name, input]);
    return await server[name]?.(input);
  };
  const api = {
    run: call,
    sync: (refresh: boolean, onProgress: unknown) =>
      call("contacts.sync", { refresh, onProgress }),
    signature: () => Promise.resolve(no("WECOM_UNAVAILABLE")),
  } as unknown as Api;

  const client: Rig["client"] = {
    createChat: () => Promise.resolve({ ok: true, data: "wrChat" }),
    openChat: () => Promise.resolve(true),
    pickContact: () => Promise.resolve({ ok: true, data: ["wmYutong"] }),
    addCustomer: () => Promise.resolve({ ok: true, data: {} }),
    addStaff: () => Promise.resolve({ ok: true, data: {} }),
  };
  const log = <T>(name: string, answer: T): T => {
    calls.push(name);
    return answer;
  };
  const bridge: Bridge = {
    start: () => log("start", Promise.resolve()),
    createChat: () => log("createChat", client.createChat()),
    openChat: (chatId) => log("openChat", client.openChat(chatId)),
    pickContact: () => log("pickContact", client.pickContact()),
    addCustomer: () => log("addCustomer", client.addCustomer()),
    addStaff: (...asked) => log("addStaff", client.addStaff(...asked)),
  };
  const outbox = createOutbox(
    () => ({
      getItem: (key) => storage.get(key) ?? null,
      setItem: (key, value) => void storage.set(key, value),
    }),
    now,
    model.viewer.wxUserId,
  );

  const act = createActions({
    model,
    client: options.client ?? "phone",
    canInvite: options.canInvite ?? true,
    api,
    bridge: (onProblem) => {
      late.registration = onProblem;
      return bridge;
    },
    outbox,
    attempt: "page-1",
    copy: () => Promise.resolve(),
    sleep: (ms) => new Promise((wake) => sleepers.push({ ms, wake })),
  });

  act.step.subscribe((step) => shown.push(step));
  // What the server had drawn already.
  shown.length = 0;

  // Microtasks only: a macrotask runs after all of them.
  const settle = () => new Promise<void>((done) => setTimeout(done));
  return {
    act,
    get step() {
      return act.step.value;
    },
    on(at) {
      const step = act.step.value;
      assert.equal(step.at, at);
      return step as At<typeof at>;
    },
    shown,
    calls,
    inputs,
    of: (flowId) =>
      asked.filter(([name]) => name === flowId).map(([, input]) => input),
    server,
    client,
    registration: (problem) => late.registration?.(problem),
    outbox,
    async wake() {
      const next = sleepers.shift();
      next?.wake();
      await settle();
      return next?.ms ?? -1;
    },
    settle,
  };
}

/** Taps until the client is asked; the client's answer is up to the test. */
export async function tapThrough(r: Rig): Promise<void> {
  r.act.start();
  void r.act.create();
  await r.settle();
  r.act.confirm();
  await r.settle();
}

/** An answer that does not come. */
export const never = <T>() => new Promise<T>(() => {});
