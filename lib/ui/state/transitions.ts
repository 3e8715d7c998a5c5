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

/** Whose contact it is, of an order's several customers. */
export const whose = ({ of }: Candidate): string =>
  of ? of.name + of.phone : "";

export function chosenOf({ match, chosen }: Choosing): Candidate[] {
  return match?.candidates.filter(({ externalUserId }) =>
    chosen.includes(externalUserId)
  ) ?? [];
}

/** Chosen with the others, of each customer one; nobody who is not there. */
export function joined(from: Choosing, externalUserId: string): string[] {
  const [one] = chosenOf({ ...from, chosen: [externalUserId] });
  if (!one) return from.chosen;
  const others = chosenOf(from).filter((other) => whose(other) !== whose(one));
  return [...others, one].map((each) => each.externalUserId);
}

export function done(
  group: ShownGroup,
  made: string | null = null,
): At<"done"> {
  return { at: "done", group, made, busy: false, problem: null, hint: null };
}
