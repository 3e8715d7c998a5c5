/** The pure half of the page: the choice of the customer, and what is said there. */
import type { Candidate, Linked, MatchView } from "../../flows/schemas.ts";
import type { Problem } from "../model.ts";
import { chatName } from "../names.ts";
import type { Again, At, Choosing, Notice, ShownGroup } from "./step.ts";

export function choosing(
  match: MatchView | null,
  notice: Notice | null = null,
): Choosing {
  return {
    at: "choosing",
    match,
    chosen: match?.status === "matched"
      ? match.candidates[0]?.externalUserId ?? null
      : null,
    busy: null,
    notice,
  };
}

export const news = (text: string): Notice => ({ kind: "news", text });

export const trouble = (problem: Problem, again: Again | null): Notice => ({
  kind: "problem",
  problem,
  again,
});

/** A contact picked by hand takes the place of the match. */
export function linked(
  { from, customer, write }: At<"picking">,
  { writtenBack, msg }: Linked,
  orderPhone: string,
): Choosing {
  const phone = writtenBack ? orderPhone : customer.phone;
  const said = writtenBack
    ? "已选好，订单手机号也写进了备注"
    : write && msg
    ? `已选好这位客户。${msg}`
    : "已选好这位客户";
  return choosing(
    {
      followers: [],
      syncedAt: null,
      ...from.match,
      status: "matched",
      candidates: [{ ...customer, phone }],
      suggestions: [],
    },
    news(said),
  );
}

export function customerOf({ match, chosen }: Choosing): Candidate | null {
  return match?.candidates.find(({ externalUserId }) =>
    externalUserId === chosen
  ) ?? null;
}

export function done(
  group: ShownGroup,
  made: string | null = null,
): At<"done"> {
  return { at: "done", group, made, busy: false, problem: null, hint: null };
}

export const dissolved = (groupName: string) =>
  `原来的群「${chatName(groupName)}」已解散，可以重新建群`;
