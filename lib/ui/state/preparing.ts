/** From the answers to `group.preview` and `group.prepare` to the next step. */
import type { InProgress, PreviewAnswer } from "../../flows/schemas.ts";
import type { Result } from "../api.ts";
import type { Problem } from "../model.ts";
import { several } from "./endings.ts";
import { underWay } from "./recording.ts";
import type { Again, At, Existing, Step } from "./step.ts";
import { done, trouble } from "./transitions.ts";

/**
 * What the look before a creation came to, while the sheet is open. `declined`:
 * groups that the person said are not the order's; `isOwn`: whether a creation
 * under way is this page's.
 */
export function previewed(
  step: At<"confirming">,
  answer: Result<PreviewAnswer>,
  declined: ReadonlySet<string>,
  isOwn: (intentId: string) => boolean,
): Step {
  const { from, customers, takeOver } = step;
  if (!answer.ok) {
    const again: Again = { act: "create", about: [customers, takeOver] };
    return { ...from, notice: trouble(answer.problem, again) };
  }
  const { existing, candidates = [], inProgress } = answer.data;
  if (existing && !existing.linkable) return found(step, existing);
  const { intentId = "", status, mine } = inProgress ?? {};
  const inTheWay = inProgress &&
    !(mine && (intentId === takeOver || isOwn(intentId)));
  if (inTheWay && status === "pending") return underWay(inProgress, from);
  if (candidates.some(({ chatId }) => !declined.has(chatId))) {
    const asked = { intentId, groupName: "", chatId: null, mine: !!mine };
    return several(asked, candidates, inProgress ? null : from);
  }
  if (inProgress && status === "searching") return underWay(inProgress, from);
  if (existing && !declined.has(existing.chatId)) return found(step, existing);
  const force = candidates.length > 0 || !!existing;
  const second = answer.data.second?.colleague?.wxUserId ?? "";
  return { ...step, preview: answer.data, second, force };
}

/** A group that is there: the order's own is shown, another one offered. */
export const found = (
  { from, customers }: Pick<At<"confirming">, "from" | "customers">,
  existing: Existing,
): At<"existing" | "done"> =>
  existing.linkable
    ? { at: "existing", from, customers, existing, busy: null, problem: null }
    : done(existing);

/** The order was not given; null: it has to be looked at again first. */
export function refused(
  step: At<"confirming" | "creating">,
  problem: Problem,
): Step | null {
  if (problem.error !== "GROUP_IN_PROGRESS") {
    return step.at === "creating"
      ? { ...step, problem }
      : { ...step, busy: false, problem };
  }
  const inProgress = problem.details as InProgress;
  return inProgress.askFirst ? null : underWay(inProgress, step.from);
}

/** Looked at, with a second colleague where one is needed, and not tapped yet. */
export const mayConfirm = ({ preview, second, busy }: At<"confirming">) =>
  !!preview && !busy && (!preview.second || second !== "");
