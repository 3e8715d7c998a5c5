/**
 * Making the group: prepare → the client creates → record → verified, and what
 * leads back when a step was lost. A group that was made after all is always
 * recorded, whatever the screen shows by then.
 */
import { isSameUser } from "../staff/user_id.ts";
import { isOutside } from "./state/presence.ts";
import type {
  Candidate,
  GroupView,
  Prepared,
  RecordAnswer,
} from "../flows/schemas.ts";
import type { Api, Result } from "./api.ts";
import type { Bridge, Client } from "./bridge.ts";
import { type createContactActions, stranger } from "./contact_actions.ts";
import type { Delivery } from "./delivery.ts";
import type { Outbox } from "./outbox.ts";
import type { Stage } from "./stage.ts";
import { ending } from "./state/endings.ts";
import type { At } from "./state/step.ts";
import {
  customerOf,
  done,
  isFinal,
  news,
  prepared,
  recorded,
  settling,
} from "./state/transitions.ts";

/** Seconds between questions while WeCom's data catches up (document 96338). */
const PACE = [0, 1, 2, 3, 5, 8];
/** And from then on: a group is to be seen 10 s after WeCom shows it. */
const STEADY = 8;
/** While something is in the way. */
const PATIENT = 30;
/** Questions until it is longer than usual; they go on behind that screen. */
const USUAL = 12;
/** Milliseconds: the client may never answer (closed, or in another window). */
const CLIENT_PATIENCE = 20_000;
const OPEN_PATIENCE = 8_000;

export interface GroupDeps {
  client: Client;
  api: Api;
  bridge: Bridge;
  outbox: Outbox;
  send: Delivery["send"];
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

export function createGroupActions(
  stage: Stage,
  contacts: Pick<ReturnType<typeof createContactActions>, "resume">,
  { client, api, bridge, outbox, send, now, sleep }: GroupDeps,
) {
  const { show, origin, begin, model } = stage;
  const { orderId } = model.order;

  async function create(
    force = false,
    customer = customerOf(origin()),
  ): Promise<void> {
    if (!customer || stage.step.at === "confirming") return;
    const current = begin();
    const sheet: At<"confirming"> = {
      at: "confirming",
      from: origin(),
      customer,
      prepared: null,
    };
    show(sheet);
    const answer = await api.run("group.prepare", {
      orderId,
      customerExternalUserId: customer.externalUserId,
      ...(force && { force }),
    });
    if (!current()) {
      // The sheet was closed meanwhile: the order is free again.
      if (answer.ok && "intentId" in answer.data) {
        void release(answer.data.intentId);
      }
      return;
    }
    const next = prepared(sheet, answer, force, nameOf);
    show(next);
    if (next.at === "settling") await settle();
    if (next.at === "done") await details();
  }

  const nameOf = (id = "") =>
    model.staff.find(({ wxUserId }) => isSameUser(wxUserId, id))?.name ??
      "同事";

  async function release(intentId: string): Promise<void> {
    outbox.drop(orderId, { intentId, chatId: null, made: false });
    await api.run("group.cancel", { intentId });
  }

  /** Leaves the sheet, or a creation that the client does not finish. */
  function cancel(): void {
    const { step } = stage;
    if (step.at !== "confirming" && step.at !== "creating") return;
    begin();
    show(origin());
    if (step.prepared) void release(step.prepared.intentId);
  }

  function confirm(): void {
    const { step } = stage;
    if (step.at !== "confirming" && step.at !== "creating") return;
    const { customer, prepared: intent } = step;
    if (!intent) return;
    if (Date.parse(intent.expiresAt) > now()) {
      return void open(customer, intent);
    }
    show(origin());
    void create(false, customer);
  }

  async function open(customer: Candidate, intent: Prepared): Promise<void> {
    const current = begin();
    const { intentId } = intent;
    const creating: At<"creating"> = {
      at: "creating",
      from: origin(),
      customer,
      prepared: intent,
      slow: false,
      problem: null,
    };
    outbox.put(orderId, { intentId, made: false, chatId: null });
    show(creating);
    void sleep(CLIENT_PATIENCE).then(() => {
      if (current()) show({ ...creating, slow: true });
    });
    const answer = await bridge.createChat(intent);
    if (answer.ok) return made(intent, answer.data);
    if (!current()) return;
    begin();
    if (answer.problem) return show({ ...creating, problem: answer.problem });
    void release(intentId);
    show({ ...creating.from, notice: news("已取消，没有建群") });
  }

  function made(
    { intentId, groupName }: Prepared,
    chatId: string | null,
  ): void {
    outbox.put(orderId, { intentId, made: true, chatId });
    watch(settling({ intentId, groupName, chatId, mine: true }, false));
  }

  /** The person says that the group is there, whatever the client answered. */
  function saysMade(): void {
    const { step } = stage;
    if (step.at === "creating") made(step.prepared, null);
    if (step.at !== "unfinished") return;
    const { intentId, chatId } = step.asked;
    outbox.put(orderId, { intentId, made: true, chatId });
    watch(settling(step.asked, false));
  }

  function watch(next: At<"settling">): void {
    show(next);
    void settle();
  }

  /** Tells the server, then asks until the group is verified. */
  async function settle(): Promise<void> {
    const current = begin();
    for (let turn = 0;; turn++) {
      if (turn === USUAL && stage.step.at === "settling") {
        show({ ...stage.step, long: true });
      }
      const stuck = stage.step.at === "settling" && stage.step.problem;
      await sleep((PACE[turn] ?? (stuck ? PATIENT : STEADY)) * 1000);
      const { step } = stage;
      if (!current() || step.at !== "settling") return;
      const { intentId, chatId, mine } = step.asked;
      // What the server has and nobody can name any better is only looked at.
      const answer: Result<RecordAnswer | GroupView> =
        mine && (chatId || !step.recorded)
          ? await send(orderId, intentId, chatId)
          : await api.run("group.get", { orderId });
      if (!current()) return;
      const next = recorded(step, answer);
      show(next);
      if (next.at === "done" && !next.group.members) await details();
      if (next.at !== "settling") return;
      const { problem } = next;
      if (
        problem && (isFinal(problem) || problem.error === "UNAUTHENTICATED")
      ) {
        return;
      }
    }
  }

  /**
   * Who is in the group; without an answer the page is complete as it is. Those
   * who were just `added` are waited for a little.
   */
  async function details(added: string[] = []): Promise<void> {
    const current = begin();
    for (const seconds of added.length ? PACE : [0]) {
      if (seconds) await sleep(seconds * 1000);
      const answer = await api.run("group.get", { orderId });
      const { step } = stage;
      if (!current() || step.at !== "done") return;
      if (!answer.ok || answer.data.status !== "active") continue;
      const group = answer.data;
      const busy = group.missing?.some((one) =>
        added.some((id) => isSameUser(id, one.memberId))
      );
      show({ ...step, group, busy: !!busy });
      if (!busy) return;
    }
    const { step } = stage;
    if (step.at === "done" && step.busy) {
      show({ ...step, busy: false, hint: "later" });
    }
  }

  /** Watches a creation that is not this page's own. */
  const others = (groupName: string) =>
    settling({ intentId: "", groupName, chatId: null, mine: false }, true);

  /** What the server knows by now; the choice again when there is nothing. */
  async function recheck(): Promise<void> {
    const from = origin();
    const current = begin();
    const { step } = stage;
    const waiting = step.at === "occupied" && step;
    if (waiting) show({ ...waiting, look: "busy", problem: null });
    const answer = await api.run("group.get", { orderId });
    if (!current()) return;
    const { groupName, status } = answer.ok ? answer.data : {};
    if (status === "active" || status === "searching") {
      const own = step.at === "settling" && !step.asked.chatId;
      return watch(own ? settling(step.asked, true) : others(groupName ?? ""));
    }
    if (status === "pending") {
      if (waiting) show({ ...waiting, look: "still", problem: null });
      // Under way still; only what was refused for good begins anew.
      if (step.at !== "settling") return;
      const { intentId, mine } = step.asked;
      if (mine && intentId) await release(intentId);
      if (!current()) return;
    }
    const problem = answer.ok ? null : answer.problem;
    if (problem && problem.error !== "GROUP_NOT_FOUND") {
      // Who got no answer must not take the order for free.
      if (waiting) return show({ ...waiting, look: null, problem });
      if (step.at === "unfinished") return;
    }
    const end = problem ? ending(problem, others("").asked, from) : null;
    if (end?.at === "several") return show(end);
    // Who was told already why it begins anew is not told again.
    contacts.resume(end && step.at !== "settling" ? end : from);
  }

  return {
    create,
    cancel,
    confirm,
    saysMade,
    settle,

    /** A group made by hand, or one of several that fit, becomes the order's. */
    async adopt(chatId: string): Promise<void> {
      const { step } = stage;
      if (step.at !== "existing" && step.at !== "several") return;
      const current = begin();
      show({ ...step, busy: chatId, problem: null });
      const answer = await api.run("group.link", { orderId, chatId });
      if (!current()) return;
      if (answer.ok) {
        show(done(answer.data));
        await details();
      } else if (answer.problem.error === "GROUP_ALREADY_EXISTS") {
        watch(others(""));
      } else show({ ...step, busy: null, problem: answer.problem });
    },

    /** None of the groups that fit is the one: it may still turn up. */
    pass(): void {
      const { step } = stage;
      if (step.at !== "several") return;
      if (step.from) return contacts.resume(origin());
      const passed = step.candidates.map(({ chatId }) => chatId);
      watch(settling({ ...step.asked, passed }, true));
    },

    recheck,

    /** Asks at once; what was said before is not true any more. */
    askAgain(): void {
      const { step } = stage;
      if (step.at !== "settling") return;
      watch({ ...step, problem: null, long: false });
    },

    /** Goes on with a creation from before, as it was prepared. */
    proceed(): void {
      const { step } = stage;
      if (step.at !== "unfinished" || !step.customerId) return;
      const { customerName, customerPhone } = model.order;
      const known = step.from.match?.candidates
        .find((one) => one.externalUserId === step.customerId);
      void create(
        false,
        known ?? stranger(step.customerId, customerName, customerPhone),
      );
    },

    abandon(): void {
      const { step } = stage;
      if (step.at !== "unfinished") return;
      void release(step.asked.intentId);
      contacts.resume(origin());
    },

    /** No group was made after all: the server looks, and gives the order free. */
    async notMade(): Promise<void> {
      const { step } = stage;
      if (step.at !== "settling") return;
      const current = begin();
      show({ ...step, busy: true });
      const { intentId } = step.asked;
      const answer = await api.run("group.cancel", { intentId, notMade: true });
      if (!current()) return;
      if (answer.ok) return await recheck();
      show({ ...step, problem: answer.problem });
    },

    /** Goes on with a report that is stuck. */
    resumeReport(): boolean {
      const { step } = stage;
      const stuck = step.at === "settling" &&
        (step.problem ? !isFinal(step.problem) : step.long);
      if (stuck) void settle();
      return stuck;
    },

    async openChat(): Promise<void> {
      const { step } = stage;
      if (step.at !== "done") return;
      const { chatId } = step.group;
      const opened = chatId && client !== "outside" && await Promise.race([
        bridge.openChat(chatId),
        sleep(OPEN_PATIENCE),
      ]);
      if (!opened && stage.step.at === "done") {
        show({ ...stage.step, hint: "open" });
      }
    },

    /** Colleagues who are missing are put in; a customer has to join. */
    async addStaff(): Promise<void> {
      const { step } = stage;
      if (step.at !== "done" || step.busy) return;
      const { chatId, missing = [] } = step.group;
      const ids = missing.filter(({ kind }) => kind === "staff")
        .map(({ memberId }) => memberId);
      const current = begin();
      const quiet = { ...step, problem: null, hint: null };
      show({ ...quiet, busy: true });
      const answer = chatId && client !== "outside" && await Promise.race([
        bridge.addStaff(chatId, ids),
        sleep(CLIENT_PATIENCE),
      ]);
      if (!current()) return;
      if (answer && answer.ok) return await details(ids);
      const problem = answer ? answer.problem : null;
      // Cancelled: nothing more to say.
      show({ ...quiet, problem, hint: answer && !problem ? null : "add" });
    },

    /** Whether the viewer is in the group by now. */
    async look(): Promise<void> {
      const { step } = stage;
      if (step.at !== "done" || step.busy) return;
      show({ ...step, busy: true });
      await details();
      const { step: next } = stage;
      if (next.at !== "done" || next.busy) return;
      const absent = isOutside(next.group, model.viewer.wxUserId);
      show({ ...next, hint: absent ? "still" : null });
    },

    /** Back from the client, where somebody may have been invited. */
    visible(): void {
      const { step } = stage;
      if (step.at === "done" && step.group.missing && !step.busy) {
        void details();
      }
      if (step.at === "occupied" && step.look !== "busy") void recheck();
    },
  };
}
