/** The group that is there: who is in it, opening it, putting colleagues in. */
import { isSameUser } from "../staff/user_id.ts";
import type { PageParts } from "./deps.ts";
import { CLIENT_PATIENCE, PACE } from "./pace.ts";
import type { At, Step } from "./state/step.ts";

/** Milliseconds. */
const OPEN_PATIENCE = 8_000;

export function createGroupActions(
  { state, api, bridge, client, copy, sleep }: PageParts,
) {
  const { show, begin, model } = state;
  const { orderId } = model.order;

  /**
   * Who is in the group; without an answer the page is complete as it is. Those
   * who were just `added` are waited for a little.
   */
  async function readMembers(added: string[] = []): Promise<void> {
    const current = begin();
    for (const seconds of added.length ? PACE : [0]) {
      if (seconds) await sleep(seconds * 1000);
      const answer = await api.run("group.get", { orderId });
      const { step } = state;
      if (!current() || step.at !== "done") return;
      if (!answer.ok || answer.data.status !== "active") continue;
      const group = answer.data;
      const busy = group.missing?.some((one) =>
        added.some((id) => isSameUser(id, one.memberId))
      );
      // From then on the server tells whether it is still there.
      const told = group.twins?.some((one) => one.chatId === step.made);
      const made = told ? null : step.made;
      show({ ...step, group, made, busy: !!busy });
      if (!busy) return;
    }
    const { step } = state;
    if (step.at === "done" && step.busy) {
      show({ ...step, busy: false, hint: "later" });
    }
  }

  /** What the client does, if it does it in time; false where there is none. */
  const byClient =
    <T>(work: (chatId: string) => Promise<T>, ms: number) =>
    async (chatId: string | null): Promise<T | void | false> =>
      !!chatId && client !== "outside" &&
      await Promise.race([work(chatId), sleep(ms)]);

  const open = byClient(bridge.openChat, OPEN_PATIENCE);

  /** The order's group, or one that was made besides it. */
  async function openChat(chatId: string | null): Promise<void> {
    const opened = await open(chatId);
    const { step } = state;
    if (!opened && step.at === "done") show({ ...step, hint: "open" });
  }

  return {
    readMembers,
    openChat,

    /** To be pasted into the group, which opens best before. */
    async copyWelcome(): Promise<void> {
      let hint: At<"done">["hint"] = "copied";
      await copy(welcomeOf(state.step)).catch(() => hint = "uncopied");
      const { step } = state;
      if (step.at === "done") show({ ...step, hint });
    },

    /** Colleagues who are missing are put in; a customer has to join. */
    async addStaff(): Promise<void> {
      const { step } = state;
      if (step.at !== "done" || step.busy) return;
      const { chatId, missing = [] } = step.group;
      const ids = missing.filter(({ kind }) => kind === "staff")
        .map(({ memberId }) => memberId);
      const current = begin();
      const quiet = { ...step, problem: null, hint: null };
      show({ ...quiet, busy: true });
      const add = byClient((id) => bridge.addStaff(id, ids), CLIENT_PATIENCE);
      const answer = await add(chatId);
      if (!current()) return;
      if (answer && answer.ok) return await readMembers(ids);
      const problem = answer ? answer.problem : null;
      // Cancelled: nothing more to say.
      show({ ...quiet, problem, hint: answer && !problem ? null : "add" });
    },

    /** Whether the viewer is in the group by now. */
    async look(): Promise<void> {
      const { step } = state;
      if (step.at !== "done" || step.busy) return;
      show({ ...step, busy: true });
      await readMembers();
      const { step: next } = state;
      if (next.at !== "done" || next.busy) return;
      show({ ...next, hint: next.group.told?.outside ? "still" : null });
    },

    /** Somebody may have been invited, or a group dissolved, meanwhile. */
    async visible(): Promise<void> {
      const { step } = state;
      if (step.at !== "done" || step.busy) return;
      if (step.group.missing || step.group.twins) await readMembers();
    },
  };
}

const welcomeOf = (step: Step) =>
  step.at === "done" ? step.group.told?.welcome : undefined;
