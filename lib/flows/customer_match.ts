/**
 * The customer of an order among the contacts of the signed-in person, who is
 * the one that must run the chat API: none, one or several.
 */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { MatchView } from "./schemas.ts";
import type { ContactCandidate } from "../contacts/match.ts";
import type { Contacts, FreshMatch } from "../contacts/contacts.ts";
import { z } from "zod";

export const customerMatch = flow<{ contacts: Contacts }>()({
  summary: "按手机号匹配客户",
  who: RIGHTS.seeOrder,
  input: z.object({ orderId: Id, refresh: z.boolean().optional() }),
  output: MatchView,
  changes: false,
  async run({ deps, actor, order }, { refresh }) {
    const match = await deps.contacts.match(order, actor.wxUserId, {
      refresh,
    });
    return viewMatch(match);
  },
});

export function viewMatch(match: FreshMatch): MatchView {
  return {
    status: match.status,
    candidates: match.candidates.map(viewCandidate),
    followers: match.followers,
    suggestions: match.suggestions.map(viewCandidate),
    syncedAt: match.syncedAt?.toISOString() ?? null,
  };
}

export function viewCandidate(candidate: ContactCandidate) {
  return { ...candidate, addedAt: candidate.addedAt.toISOString() };
}
