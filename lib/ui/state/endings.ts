/**
 * How a creation ends without a group, and what a person can still do about it:
 * choose one of the groups that were found, or begin anew and know why.
 */
import type { DetailsOf } from "../../flows/details.ts";
import type { GroupCandidate } from "../../flows/schemas.ts";
import type { Problem } from "../model.ts";
import type { Asked, At, Choosing } from "./step.ts";

/** A creation that is not this page's own: watched, not reported. */
export const others = (groupName = ""): Asked => ({
  intentId: "",
  groupName,
  chatId: null,
  mine: false,
});

export const several = (
  asked: Asked,
  candidates: readonly GroupCandidate[],
  from: Choosing | null,
): At<"several"> => ({
  at: "several",
  from,
  asked,
  candidates,
  busy: null,
  problem: null,
});

/** With a reason, the server says how a creation has ended without a group. */
export function ended(
  { error, details }: Problem,
): Partial<DetailsOf<"GROUP_NOT_FOUND">> {
  return error === "GROUP_NOT_FOUND" ? details ?? {} : {};
}

/** Where the page goes when a creation has ended so; null: without a word. */
export function ending(
  problem: Problem,
  from: Choosing,
): At<"several"> | Choosing | null {
  const { reason, candidates } = ended(problem);
  if (candidates) return several(others(), candidates, from);
  return reason
    ? { ...from, notice: { kind: "news", text: problem.msg } }
    : null;
}
