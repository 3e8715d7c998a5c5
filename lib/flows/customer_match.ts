/**
 * The customer of an order among the contacts of the signed-in person, who is
 * the one that must run the chat API: none, one or several.
 */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { MatchView } from "./schemas.ts";
import type { ContactCandidate } from "../contacts/match.ts";
import type { Contacts, FreshMatch } from "../contacts/contacts.ts";
import type { Staff } from "../staff/staff.ts";
import { z } from "zod";

export const customerMatch = flow<{ contacts: Contacts; staff: Staff }>()({
  summary: "按手机号匹配客户",
  who: RIGHTS.seeOrder,
  input: z.object({ orderId: Id, refresh: z.boolean().optional() }),
  output: MatchView,
  changes: false,
  async run({ deps, actor, order }, { refresh }) {
    const match = await deps.contacts.match(order, actor.wxUserId, {
      refresh,
    });
    return await viewMatch(deps, match);
  },
});

export async function viewMatch(
  { staff }: { staff: Pick<Staff, "names"> },
  match: FreshMatch,
): Promise<MatchView> {
  const names = await staff.names(match.followerIds);
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
