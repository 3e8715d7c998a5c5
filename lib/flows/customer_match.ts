/**
 * The customer of an order among the contacts of the signed-in person, who is
 * the one that must run the chat API: none, one or several.
 */
import { flow, type FlowContext, Id } from "./flow.ts";
import { orderFor } from "./access.ts";
import { MatchView } from "./schemas.ts";
import type { ContactCandidate } from "../contacts/match.ts";
import type { FreshMatch } from "../contacts/contacts.ts";
import { z } from "zod";

export const customerMatch = flow({
  summary: "按手机号匹配客户",
  input: z.object({ orderId: Id, refresh: z.boolean().optional() }),
  output: MatchView,
  changes: false,
  async run(context, { orderId, refresh }) {
    const { services, actor } = context;
    const order = await orderFor(context, orderId);
    const match = await services.contacts.match(order, actor.wxUserId, {
      refresh,
    });
    return await viewMatch(context, match);
  },
});

export async function viewMatch(
  { services }: FlowContext,
  match: FreshMatch,
): Promise<MatchView> {
  const names = await services.staff.names(match.followerIds);
  return {
    status: match.status,
    candidates: match.candidates.map(viewCandidate),
    followers: match.followerIds.map((wxUserId) => ({
      wxUserId,
      name: names.get(wxUserId) ?? wxUserId,
    })),
    suggestions: match.suggestions.map(viewCandidate),
    syncedAt: match.syncedAt?.toISOString() ?? null,
  };
}

export function viewCandidate(candidate: ContactCandidate) {
  return { ...candidate, addedAt: candidate.addedAt.toISOString() };
}
