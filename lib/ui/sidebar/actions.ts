/**
 * What a person can do in the sidebar. What is impure (server, client, clipboard)
 * is handed in, so that all of it is tested without a browser.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { OrderRow } from "../../flows/schemas.ts";
import type { Problem } from "../model.ts";
import type { Bridge } from "./bridge.ts";
import type { Api } from "../api.ts";
import {
  besideCustomer,
  besideGroup,
  canConfirm,
  confirming,
  lookedAgain,
  type Place,
  searched,
  type Sending,
  type Step,
  unplaced,
} from "./step.ts";

export interface Deps {
  server: Pick<Api, "run">;
  bridge: Bridge;
  /** Whether this is the WeCom client at all. */
  inClient: boolean;
  /** Its name and version, for whoever looks into a failure. */
  client: string;
  /** Throws where it may not. */
  copy: (text: string) => Promise<void>;
}

export type Actions = ReturnType<typeof createActions>;

export function createActions(deps: Deps) {
  const { server, bridge } = deps;
  const step = signal<Step>({ at: "asking" });
  const show = (next: Step) => void (step.value = next);
  let place: Place | null = null;
  /** An answer that comes after the person moved on finds its turn over. */
  let turn = 0;

  async function look(news = false): Promise<Step> {
    if (!place || place.kind === "elsewhere") return { at: "elsewhere" };
    if (place.kind === "customer") {
      const { externalUserId } = place;
      return besideCustomer(
        await server.run("sidebar.customer", { externalUserId }),
      );
    }
    const { chatId } = place;
    return besideGroup(await server.run("sidebar.group", { chatId }), news);
  }

  /** Where are we, and what is there? Also what tries again. */
  async function start(): Promise<void> {
    if (!deps.inClient) return show({ at: "elsewhere" });
    const mine = ++turn;
    show({ at: "asking" });
    if (!place) {
      const answer = await bridge.place();
      if (mine !== turn) return;
      if (!answer.ok) {
        const { problem } = answer;
        if (!problem) return show({ at: "elsewhere" });
        report("getContext", problem);
        return show(unplaced(problem));
      }
      place = answer.data;
    }
    const next = await look();
    if (mine === turn) show(next);
  }

  /** Somebody may have made the group meanwhile, on the order's page. */
  async function visible(): Promise<void> {
    const { at } = step.value;
    if (at === "failed") return await start();
    if (at !== "customer" && at !== "linked" && at !== "free") return;
    const mine = ++turn;
    const next = await look();
    if (mine === turn) show(lookedAgain(step.value, next));
  }

  async function online(): Promise<void> {
    const { value } = step;
    if (value.at === "failed" && value.problem.error === "NETWORK_LOST") {
      await start();
    }
  }

  /** What only the phone saw; nobody waits for it. */
  function report(api: string, { details }: Problem): void {
    if (typeof details !== "string") return;
    const { client } = deps;
    void server.run("client.failed", { api, errMsg: details, client });
  }

  return {
    step: step as ReadonlySignal<Step>,
    start,
    visible,
    online,
    ...createWelcome(deps, step, report),
    ...createLinking(),
  };

  function createLinking() {
    async function search(query: string): Promise<void> {
      const from = step.value;
      if (from.at !== "free" || !query) return;
      const mine = ++turn;
      show({ ...from, search: { at: "searching", query } });
      const answer = await server.run("orders.list", {
        query,
        state: "without_group",
      });
      if (mine === turn) show(searched(from, query, answer));
    }

    function choose(order: OrderRow): void {
      const from = step.value;
      turn++;
      if (from.at === "free") show(confirming(from, order));
    }

    function pick(externalUserId: string): void {
      const { value } = step;
      if (value.at !== "confirming" || value.busy) return;
      show({ ...value, who: { chosen: externalUserId } });
    }

    function cancel(): void {
      const { value } = step;
      if (value.at === "confirming" && !value.busy) show(value.from);
    }

    /** The order's customer is told first, where nobody knows them yet. */
    async function link(): Promise<void> {
      const { value } = step;
      if (value.at !== "confirming" || !canConfirm(value)) return;
      const { who, order: { orderId }, from: { view: { chatId } } } = value;
      const fail = (problem: Problem) =>
        show({ ...value, busy: false, problem });
      show({ ...value, busy: true, problem: null });
      if (who?.chosen) {
        const chosen = await server.run("customer.link", {
          orderId,
          externalUserId: who.chosen,
          writeNumber: false,
        });
        if (!chosen.ok) return fail(chosen.problem);
      }
      const linked = await server.run("group.link", { orderId, chatId });
      if (!linked.ok) return fail(linked.problem);
      show(await look(true));
    }

    return { search, choose, pick, cancel, link };
  }
}

/** The company's text for the customer, said in the group by the person. */
function createWelcome(
  { bridge, copy }: Deps,
  step: { value: Step },
  report: (api: string, problem: Problem) => void,
) {
  function sending(next: Sending): void {
    const { value } = step;
    if (value.at === "linked") step.value = { ...value, sending: next };
  }

  return {
    async send(): Promise<void> {
      const { value } = step;
      if (value.at !== "linked" || !value.view.welcome) return;
      if (value.sending?.at === "sending") return;
      sending({ at: "sending" });
      const answer = await bridge.send(value.view.welcome);
      if (answer.ok) return sending({ at: "sent" });
      const { problem } = answer;
      if (!problem) return sending({ at: "cancelled" });
      report("sendChatMessage", problem);
      sending({ at: "refused", problem });
    },

    async copyWelcome(): Promise<void> {
      const { value } = step;
      if (value.at !== "linked" || !value.view.welcome) return;
      try {
        await copy(value.view.welcome);
        sending({ at: "copied" });
      } catch {
        sending({ at: "uncopied" });
      }
    },
  };
}
