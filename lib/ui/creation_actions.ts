/**
 * The client makes the group, and may never answer (closed, or in another
 * window). A group that was made after all is always recorded, whatever the
 * screen shows by then.
 */
import type { Prepared } from "../flows/schemas.ts";
import type { PageParts } from "./deps.ts";
import type { Lease } from "./lease.ts";
import { CLIENT_PATIENCE } from "./pace.ts";
import type { At } from "./state/step.ts";
import { settling } from "./state/recording.ts";
import { news } from "./state/transitions.ts";
import type { createWatchActions } from "./watch_actions.ts";

export function createCreationActions(
  { state, bridge, outbox, sleep }: PageParts,
  { watch }: Pick<ReturnType<typeof createWatchActions>, "watch">,
  lease: Lease,
) {
  const { show, origin, begin } = state;
  const { orderId } = state.model.order;

  function made(
    { intentId, groupName }: Prepared,
    chatId: string | null,
  ): void {
    outbox.put(orderId, { intentId, made: true, chatId });
    watch(settling({ intentId, groupName, chatId, mine: true }, false));
  }

  return {
    async askClient(
      wish: Pick<At<"creating">, "customers" | "second">,
      prepared: Prepared,
    ): Promise<void> {
      const current = begin();
      const { intentId } = prepared;
      const creating: At<"creating"> = {
        at: "creating",
        from: origin(),
        ...wish,
        prepared,
        slow: false,
        problem: null,
      };
      outbox.put(orderId, { intentId, made: false, chatId: null });
      show(creating);
      void sleep(CLIENT_PATIENCE).then(() => {
        if (current()) show({ ...creating, slow: true });
      });
      const answer = await bridge.createChat(prepared);
      if (answer.ok) return made(prepared, answer.data);
      if (!current()) return;
      begin();
      if (answer.problem) return show({ ...creating, problem: answer.problem });
      void lease.giveBack(intentId);
      show({ ...creating.from, notice: news("已取消，没有建群") });
    },

    /** The person says that the group is there, whatever the client answered. */
    saysMade(): void {
      const { step } = state;
      if (step.at === "creating") made(step.prepared, null);
      if (step.at !== "unfinished") return;
      const { intentId, chatId } = step.asked;
      outbox.put(orderId, { intentId, made: true, chatId });
      watch(settling(step.asked, false));
    },
  };
}
