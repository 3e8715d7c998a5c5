/**
 * An order's page as it runs on the phone: the product's own page logic
 * (`lib/ui/actions.ts`) with its outbox, over the phone's network, and a WeCom
 * client that makes chats in the world. It can die at any moment; then nothing
 * of it reaches storage or server any more.
 */
import { type Actions, createActions } from "../../lib/ui/actions.ts";
import { createApi } from "../../lib/ui/api.ts";
import type { Bridge } from "../../lib/ui/bridge.ts";
import type { ClientAnswer } from "../../lib/ui/refusal.ts";
import type { GroupPageModel } from "../../lib/ui/model.ts";
import { createOutbox } from "../../lib/ui/outbox.ts";
import type { Step } from "../../lib/ui/state/step.ts";
import type { Prepared } from "../../lib/flows/schemas.ts";
import type { Phone } from "./phone.ts";

/** People in the harness wait a fifth of the time. */
const PACE = 0.2;

/** The WeCom client's side of the page. */
export interface Client {
  createChat(
    prepared: Prepared,
    page: Page,
  ): Promise<ClientAnswer<string | null>>;
  pickContact(): string;
}

export interface Page {
  /** By which the server knows it. */
  readonly attempt: string;
  readonly step: Step;
  readonly act: Actions;
  /** When the last `group.prepare` was sent, world time. */
  readonly preparedAt: number;
  /** When the last look before a creation was asked for, world time. */
  readonly lookedAt: number;
  /** Waits for the next step on the screen; false when none came in time. */
  changed(withinMs: number): Promise<boolean>;
  die(): void;
  /** Runs when a flow is about to be sent, and when it was answered. */
  onFlow: (flow: Sent) => void;
  onAnswer: (flow: Sent, status: number) => void;
}

/** What of a flow's input is looked at. */
export interface Sent {
  flowId: string;
  intentId?: string;
  chatId?: string;
  takeOver?: boolean;
}

export function openPage(
  phone: Phone,
  model: GroupPageModel,
  client: Client,
  now: () => number,
): Page {
  const never = new Promise<never>(() => {});
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const requests = new AbortController();
  const attempt = crypto.randomUUID();
  let dead = false;
  let preparedAt = 0;
  let lookedAt = 0;
  let wake: () => void = () => {};

  const api = createApi(async (input, init) => {
    const flow = flowOf(init?.body);
    if (flow && !dead) page.onFlow(flow);
    if (dead) return await never;
    if (flow?.flowId === "group.prepare") preparedAt = now();
    if (flow?.flowId === "group.preview") lookedAt = now();
    const signal = init?.signal
      ? AbortSignal.any([init.signal, requests.signal])
      : requests.signal;
    const response = await phone.fetch(input, { ...init, signal });
    if (flow) page.onAnswer(flow, response.status);
    return dead ? await never : response;
  });

  const bridge: Bridge = {
    start: () => Promise.resolve(),
    createChat: async (prepared) => {
      const answer = await client.createChat(prepared, page);
      return dead ? await never : answer;
    },
    openChat: () => Promise.resolve(true),
    addStaff: () => Promise.resolve({ ok: true, data: null }),
    pickContact: () =>
      Promise.resolve({ ok: true, data: [client.pickContact()] }),
    addCustomer: () => Promise.resolve({ ok: true, data: null }),
  };

  const act = createActions({
    model,
    client: "phone",
    canInvite: true,
    attempt,
    api,
    bridge: () => bridge,
    outbox: createOutbox(
      () => ({
        getItem: (key) => phone.storage.getItem(key),
        setItem: (key, value) => {
          if (!dead) phone.storage.setItem(key, value);
        },
      }),
      () => now() + phone.clockOffMs,
      model.viewer.wxUserId,
    ),
    copy: () => Promise.resolve(),
    sleep: (ms) =>
      new Promise((resolve) => {
        if (dead) return;
        const timer = setTimeout(() => {
          timers.delete(timer);
          if (!dead) resolve();
        }, ms * PACE);
        timers.add(timer);
      }),
  });

  const page: Page = {
    attempt,
    get step() {
      return step;
    },
    act,
    get preparedAt() {
      return preparedAt;
    },
    get lookedAt() {
      return lookedAt;
    },
    onFlow: () => {},
    onAnswer: () => {},
    async changed(withinMs) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      wake = () => resolve(true);
      const timer = setTimeout(() => resolve(false), withinMs);
      const changed = await promise;
      clearTimeout(timer);
      return changed;
    },
    die() {
      dead = true;
      for (const timer of timers) clearTimeout(timer);
      requests.abort();
      wake();
    },
  };
  // What a dead page draws nobody sees.
  let step = act.step.value;
  act.step.subscribe((next) => {
    if (dead) return;
    step = next;
    wake();
  });
  act.start();
  return page;
}

function flowOf(body: unknown): Sent | null {
  if (typeof body !== "string") return null;
  const flow = JSON.parse(body) as Partial<Sent>;
  return flow.flowId === undefined ? null : { ...flow, flowId: flow.flowId };
}
