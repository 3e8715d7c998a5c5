/**
 * The sheet before a creation. To open it is a look that takes nothing
 * (`group.preview`); 建群 on it takes the order and asks the client at once.
 */
import type { Candidate } from "../flows/schemas.ts";
import type { createCreationActions } from "./creation_actions.ts";
import type { PageParts } from "./deps.ts";
import type { createGroupActions } from "./group_actions.ts";
import { idsOf, type Lease } from "./lease.ts";
import { found, mayConfirm, previewed, refused } from "./state/preparing.ts";
import type { At, Step } from "./state/step.ts";
import { chosenOf } from "./state/transitions.ts";
import type { createWatchActions } from "./watch_actions.ts";

export interface Needs {
  lease: Lease;
  creation: ReturnType<typeof createCreationActions>;
  watch: ReturnType<typeof createWatchActions>;
  group: ReturnType<typeof createGroupActions>;
}

export function createSheetActions(
  { state, api }: PageParts,
  { lease, creation, watch, group }: Needs,
) {
  const { show, origin, begin, wait } = state;
  const { orderId } = state.model.order;

  async function goOn(next: Step): Promise<void> {
    show(next);
    if (next.at === "settling") await watch.settle();
    if (next.at === "done") await group.readMembers();
  }

  async function preview(sheet: At<"confirming">): Promise<void> {
    const answer = await wait(
      sheet,
      api.run("group.preview", {
        orderId,
        customerExternalUserIds: idsOf(sheet.customers),
      }),
    );
    if (!answer) return;
    await goOn(previewed(sheet, answer, state.declined, lease.isOwn));
  }

  const sheetFor = (
    customers: Candidate[],
    takeOver: string | null,
  ): At<"confirming"> => ({
    at: "confirming",
    from: origin(),
    customers,
    preview: null,
    second: "",
    force: false,
    takeOver,
    busy: false,
    problem: null,
  });

  /** `takeOver`: intentId of one's own creation elsewhere, to be ended by this. */
  async function create(
    customers: Candidate[] = chosenOf(origin()),
    takeOver: string | null = null,
  ): Promise<void> {
    if (!customers.length || state.step.at === "confirming") return;
    await preview(sheetFor(customers, takeOver));
  }

  /** From the sheet, or once more after the client did not do it. */
  async function confirm(): Promise<void> {
    const { step } = state;
    const again = step.at === "creating";
    if (!again && (step.at !== "confirming" || !mayConfirm(step))) return;
    const current = begin();
    const { customers, second } = step;
    const { force = false, takeOver = null } = again ? {} : step;
    show(
      again
        ? { ...step, slow: false, problem: null }
        : { ...step, busy: true, problem: null },
    );
    const options = {
      force,
      takeOver: takeOver !== null,
      ...second && { secondColleague: second },
    };
    const answer = await lease.take(customers, options, current);
    if (!answer) return;
    if (!answer.ok) {
      const next = refused(step, answer.problem);
      // An earlier creation may have made a group: looked for, then offered again.
      return await (next ? goOn(next) : preview(sheetFor(customers, takeOver)));
    }
    if ("existing" in answer.data) {
      await goOn(found(step, answer.data.existing));
    } else await creation.askClient({ customers, second }, answer.data);
  }

  return {
    create,
    confirm,

    /** Who joins where there would be two people. */
    setSecond(second: string): void {
      const { step } = state;
      if (step.at === "confirming" && !step.busy) show({ ...step, second });
    },

    /** Leaves the sheet, or a creation that the client does not finish. */
    cancel(): void {
      const { step } = state;
      if (step.at !== "confirming" && step.at !== "creating") return;
      begin();
      show(origin());
      // A look has taken nothing that could be given back.
      if (step.at === "creating") void lease.giveBack(step.prepared.intentId);
    },
  };
}
