/**
 * Finding the customer: reading contacts from WeCom with progress, picking one
 * by hand, linking a suggestion, adding the customer in the client.
 */
import type { Candidate } from "../flows/schemas.ts";
import type { PageParts } from "./deps.ts";
import type { Problem } from "./model.ts";
import type { Again, Choosing, Notice } from "./state/step.ts";
import { choosing, linked, news, trouble } from "./state/transitions.ts";

export function createContactActions({ state, api, bridge }: PageParts) {
  const { show, origin, begin } = state;
  const { orderId } = state.model.order;
  /** The person went to add the customer, and may come back any time. */
  let adding = false;

  /**
   * Reads contacts, then the match: in place where there is one to look at.
   * `said` stays above the choice, unless there is more to say.
   */
  async function sync(
    refresh: boolean,
    said: Notice | null = null,
    asked = false,
  ): Promise<void> {
    const current = begin();
    const before = { ...origin(), notice: said };
    const quiet = before.match && before.match.status !== "none";
    show(
      quiet
        ? { ...before, busy: "refreshing" }
        : { at: "syncing", reading: null },
    );
    const read = await api.sync(refresh, (reading) => {
      if (current() && state.step.at === "syncing") {
        show({ at: "syncing", reading });
      }
    });
    const answer = read.ok
      ? await api.run("customer.match", { orderId })
      : read;
    if (!current()) return;
    if (!answer.ok) {
      const { problem } = answer;
      const { step } = state;
      // Cut on the way: the reading goes on, and so does the page.
      if (
        step.at === "syncing" && step.reading &&
        problem.error === "NETWORK_LOST"
      ) return sync(refresh, said, asked);
      const again: Again = { act: refresh ? "refresh" : "match", about: [] };
      return show({ ...before, notice: trouble(problem, again) });
    }
    if (answer.data.status === "syncing") return sync(false, said, asked);
    const next = choosing(answer.data, said);
    // What was chosen stays chosen, as long as it is there.
    if (
      answer.data.candidates.some((one) => one.externalUserId === before.chosen)
    ) next.chosen = before.chosen;
    if (asked && answer.data.status === "none") {
      next.notice = news("已刷新，还是没有找到");
    }
    show(next);
  }

  /** Shows who was picked by hand, and asks. */
  async function consider(externalUserId: string): Promise<void> {
    const current = begin();
    const from = origin();
    const { suggestions = [], candidates = [] } = from.match ?? {};
    const known = [...suggestions, ...candidates]
      .find((one) => one.externalUserId === externalUserId);
    if (known) return confirmPick(from, known);
    show({ ...from, busy: "looking" });
    const answer = await api.run("contact.get", { externalUserId });
    if (!current()) return;
    if (answer.ok) return confirmPick(from, answer.data);
    const again: Again = { act: "consider", about: [externalUserId] };
    show({ ...from, notice: trouble(answer.problem, again) });
  }

  function confirmPick(from: Choosing, customer: Candidate): void {
    const quiet = { write: false, busy: false, problem: null };
    show({ at: "picking", from, customer, ...quiet });
  }

  /** It is the customer. */
  async function link(): Promise<void> {
    const { step } = state;
    if (step.at !== "picking" || step.busy) return;
    const current = begin();
    show({ ...step, busy: true, problem: null });
    const { externalUserId } = step.customer;
    const input = { orderId, externalUserId, writeNumber: step.write };
    const answer = await api.run("customer.link", input);
    if (!current()) return;
    show(
      answer.ok
        ? linked(step, answer.data, state.model.order.customerPhone)
        : { ...step, problem: answer.problem },
    );
  }

  function refused(problem: Problem | null, again: Again | null): void {
    if (problem && state.step.at === "choosing") {
      show({ ...origin(), notice: trouble(problem, again) });
    }
  }

  /** The client's list may stay open for as long as the person likes. */
  async function pick(): Promise<void> {
    const answer = await bridge.pickContact();
    if (!answer.ok) return refused(answer.problem, { act: "pick", about: [] });
    if (state.step.at !== "choosing") return;
    const [first, second] = answer.data;
    if (second) show({ ...origin(), notice: news("只能选一位客户，请重新选") });
    else if (first) await consider(first);
  }

  async function add(): Promise<void> {
    adding = true;
    const answer = await bridge.addCustomer();
    if (answer.ok) return;
    const { problem } = answer;
    // Desktop clients lack it, and do not all say what they are.
    const msg = "添加客户请用手机企业微信打开这个订单";
    const lacking = problem?.error === "CLIENT_TOO_OLD";
    refused(
      lacking ? { ...problem, msg } : problem,
      lacking ? null : { act: "add", about: [] },
    );
  }

  return {
    sync,
    consider,
    link,
    pick,
    add,
    refresh: () => sync(true, null, true),
    /** Whether the number shall be written as well. */
    setWrite(write: boolean): void {
      const { step } = state;
      if (step.at === "picking") show({ ...step, write });
    },
    /** Somebody else, after all. */
    dismiss(): void {
      if (state.step.at !== "picking") return;
      begin();
      show(origin());
    },
    choose(externalUserId: string): void {
      const { step } = state;
      if (step.at === "choosing") show({ ...step, chosen: externalUserId });
    },
    /** Back to the choice, read first where nothing is known. */
    resume(from: Choosing): void {
      if (from.match) show(from);
      else void sync(false, from.notice);
    },
    /** Back from adding: whoever was added is looked for at once. */
    visible(): void {
      if (adding && state.step.at === "choosing") void sync(true, null, true);
      adding = false;
    },
  };
}

/** A contact of whom no more than id and name is known here. */
export function stranger(externalUserId: string, name: string, phone = "") {
  return { externalUserId, name, phone, avatar: null, remark: "", addedAt: "" };
}
