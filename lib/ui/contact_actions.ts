/**
 * Finding the customer: reading contacts from WeCom with progress, picking one
 * by hand, linking a suggestion, adding the customer in the client.
 */
import type { Candidate } from "../flows/schemas.ts";
import type { PageParts } from "./deps.ts";
import type { Problem } from "./model.ts";
import { ADD_ON_PHONE } from "./names.ts";
import type { Again, Choosing, Notice } from "./state/step.ts";
import { choosing, joined, news, trouble } from "./state/transitions.ts";

const MATCH_AGAIN: Again = { act: "match" };

export function createContactActions({ state, api, bridge }: PageParts) {
  const { show, origin, begin, wait } = state;
  const { orderId } = state.model.order;
  /** The person went to add the customer, and may come back any time. */
  let adding = false;

  /**
   * Reads contacts, then the match: in place where there is one to look at.
   * `said` stays above the choice, unless there is more to say.
   */
  async function sync(
    renew: boolean,
    said: Notice | null = null,
    asked = false,
  ): Promise<void> {
    const current = begin();
    const before = { ...origin(), notice: said };
    const quiet = before.match && before.match.status !== "none";
    // Another one may be chosen meanwhile.
    const chosenNow = () =>
      state.step.at === "choosing" ? state.step.chosen : before.chosen;
    show(
      quiet
        ? { ...before, busy: "refreshing" }
        : { at: "syncing", reading: null },
    );
    const read = await api.sync(renew, (reading) => {
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
      ) return sync(renew, said, asked);
      const act = renew ? "refresh-contacts" : "match";
      const again: Again = { act };
      const notice = trouble(problem, again);
      return show({ ...before, chosen: chosenNow(), notice });
    }
    if (answer.data.status === "syncing") return sync(false, said, asked);
    const next = choosing(answer.data, said);
    next.code = before.code;
    // What was chosen stays chosen, as long as it is there.
    for (const one of chosenNow()) next.chosen = joined(next, one);
    // Each press has an answer, also without anything new.
    if (asked) {
      const none = answer.data.status === "none";
      next.notice = news(none ? "已刷新，还是没有找到" : "已刷新");
    }
    show(next);
  }

  /** Shows who was picked by hand, and asks. */
  async function consider(externalUserId: string): Promise<void> {
    const from = origin();
    const { suggestions = [], candidates = [] } = from.match ?? {};
    const known = [...suggestions, ...candidates]
      .find((one) => one.externalUserId === externalUserId);
    if (known) return confirmPick(from, known);
    const asked = api.run("contact.get", { externalUserId });
    const answer = await wait({ ...from, busy: "looking" }, asked);
    if (!answer) return;
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
    const busy = { ...step, busy: true, problem: null };
    const { externalUserId } = step.customer;
    const input = { orderId, externalUserId, writeNumber: step.write };
    const answer = await wait(busy, api.run("customer.link", input));
    if (!answer) return;
    if (!answer.ok) return show({ ...step, problem: answer.problem });
    // What the card then shows is what is true.
    const found = await wait(busy, api.run("customer.match", { orderId }));
    if (!found) return;
    const { writtenBack, msg } = answer.data;
    const said = writtenBack
      ? "已选好，订单手机号也写进了备注"
      : `已选好这位客户${step.write && msg ? `。${msg}` : ""}`;
    show(
      found.ok
        ? choosing(found.data, news(said))
        : { ...origin(), notice: trouble(found.problem, MATCH_AGAIN) },
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
    if (!answer.ok) {
      return refused(answer.problem, { act: "pick-contact" });
    }
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
    const lacking = problem?.error === "CLIENT_TOO_OLD";
    refused(
      lacking ? { ...problem, msg: ADD_ON_PHONE } : problem,
      lacking ? null : { act: "add-customer" },
    );
  }

  const refresh = () => sync(true, null, true);

  return {
    sync,
    consider,
    link,
    "pick-contact": pick,
    "add-customer": add,
    "refresh-contacts": refresh,
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
      if (step.at !== "choosing") return;
      show({ ...step, chosen: joined(step, externalUserId) });
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
