/** The pure half of the page: the choice of the customer, and what is said there. */
import type { Candidate, MatchView } from "../../flows/schemas.ts";
import type { Problem } from "../model.ts";
import type { Again, At, Choosing, Notice, ShownGroup } from "./step.ts";

export function choosing(
  match: MatchView | null,
  notice: Notice | null = null,
): Choosing {
  return {
    at: "choosing",
    match,
    chosen: match?.chosen ?? [],
    busy: null,
    code: null,
    notice,
  };
}

export const news = (text: string): Notice => ({ kind: "news", text });

export const trouble = (problem: Problem, again: Again | null): Notice => ({
  kind: "problem",
  problem,
  again,
});

export function chosenOf({ match, chosen }: Choosing): Candidate[] {
  return match?.candidates.filter(({ externalUserId }) =>
    chosen.includes(externalUserId)
  ) ?? [];
}

export function done(
  group: ShownGroup,
  made: string | null = null,
): At<"done"> {
  return { at: "done", group, made, busy: false, problem: null, hint: null };
}
