/**
 * What was there before: a group that somebody made by hand, several that could
 * be the order's, a creation of one's own that was not finished.
 */
import { stranger } from "./contact_actions.ts";
import type { createContactActions } from "./contact_actions.ts";
import type { PageParts } from "./deps.ts";
import type { Problem } from "./model.ts";
import type { createSheetActions, Needs } from "./sheet_actions.ts";
import { isFinal, settling } from "./state/recording.ts";
import type { At } from "./state/step.ts";
import { done, trouble } from "./state/transitions.ts";

export function createFoundActions(
  { state, api }: PageParts,
  contacts: Pick<ReturnType<typeof createContactActions>, "resume">,
  sheet: ReturnType<typeof createSheetActions>,
  { group, lease, watch }: Needs,
) {
  const { show, origin, wait, model } = state;
  const { orderId } = model.order;

  /** It is gone: the others are left, or the way on without it. */
  function withdraw(
    step: At<"existing"> | At<"several">,
    chatId: string,
    problem: Problem,
  ): void {
    state.declined.add(chatId);
    if (step.at === "several") {
      const candidates = step.candidates.filter((one) => one.chatId !== chatId);
      if (candidates.length > 0) {
        return show({ ...step, candidates, busy: null, problem });
      }
      if (!step.from) return watch.watch(settling(step.asked, true));
    }
    contacts.resume({ ...origin(), notice: trouble(problem, null) });
  }

  return {
    /** The group becomes the order's. */
    async linkGroup(chatId: string): Promise<void> {
      const { step } = state;
      if (step.at !== "existing" && step.at !== "several") return;
      const answer = await wait(
        { ...step, busy: chatId, problem: null },
        api.run("group.link", { orderId, chatId }),
      );
      if (!answer) return;
      if (answer.ok) {
        show(done(answer.data));
        await group.readMembers();
      } else if (answer.problem.error === "GROUP_ALREADY_EXISTS") {
        watch.watchOthers();
      } else if (isFinal(answer.problem)) {
        withdraw(step, chatId, answer.problem);
      } else show({ ...step, busy: null, problem: answer.problem });
    },

    /** Another group, besides the one that is there. */
    async createAnother(): Promise<void> {
      const { step } = state;
      if (step.at !== "existing") return;
      state.declined.add(step.existing.chatId);
      await sheet.create(step.customers);
    },

    /** None of the groups that fit is the one: it may still turn up. */
    pass(): void {
      const { step } = state;
      if (step.at !== "several") return;
      for (const { chatId } of step.candidates) state.declined.add(chatId);
      if (step.from) return contacts.resume(origin());
      watch.watch(settling(step.asked, true));
    },

    /** Goes on here with one's own creation, for the same customer. */
    proceed(): void {
      const { step } = state;
      if (step.at !== "unfinished" && step.at !== "occupied") return;
      const { own } = step;
      if (!own) return;
      const { customerName, customerPhone } = model.order;
      const customers = own.customerIds.map((id) =>
        step.from.match?.candidates.find((one) => one.externalUserId === id) ??
          stranger(id, customerName, customerPhone)
      );
      void sheet.create(customers, own.intentId);
    },

    abandon(): void {
      const { step } = state;
      if (step.at !== "unfinished") return;
      void lease.giveBack(step.asked.intentId);
      contacts.resume(origin());
    },
  };
}
