/**
 * The customer of an order among the contacts of the signed-in person, who is
 * the one that must run the chat API: none, one or several.
 */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { type Candidate, MatchView } from "./schemas.ts";
import type { ContactCandidate } from "../contacts/match.ts";
import type { Contacts, FreshMatch } from "../contacts/contacts.ts";
import {
  type Reader,
  tellMatch,
  tellWithout,
} from "../contacts/match_words.ts";
import { briefly } from "../http/briefly.ts";
import { z } from "zod";

/** Shorter than anybody waits for an answer of the API. */
const PATIENCE_MS = 8_000;

const UNKNOWN = {
  status: "syncing" as const,
  candidates: [],
  followers: [],
  suggestions: [],
  syncedAt: null,
};

function progressOf({ contacts }: { contacts: Contacts }, wxUserId: string) {
  const { seen, expected, place } = contacts.progress(wxUserId) ??
    { seen: 0, expected: null, place: 0 };
  return { seen, expected, place };
}

export const customerMatch = flow<
  { contacts: Contacts; now: () => number }
>()({
  summary: "按手机号匹配客户",
  who: RIGHTS.seeOrder,
  input: z.object({ orderId: Id, refresh: z.boolean().optional() }),
  output: MatchView,
  changes: false,
  async run({ deps, actor, order }, { refresh }) {
    const { contacts } = deps;
    const { wxUserId } = actor;
    const match = await briefly(
      contacts.match(order, wxUserId, { refresh }),
      PATIENCE_MS,
    );
    // It goes on behind the answer; whoever asks again finds it further on.
    if (match === "late") {
      return { ...UNKNOWN, progress: progressOf(deps, wxUserId) };
    }
    return viewMatch(match, { order, actor, at: deps.now() });
  },
});

export function viewMatch(match: FreshMatch, reader: Reader): MatchView {
  const { status } = match;
  const candidates = match.candidates.map(viewCandidate);
  return {
    status,
    candidates,
    chosen: chosenAtFirst({ status, candidates }),
    ...(match.without.length > 0 && {
      without: match.without,
      notes: match.without.map(tellWithout),
    }),
    followers: match.followers,
    suggestions: match.suggestions.map(viewCandidate),
    ...(match.half && { half: true }),
    told: tellMatch(match, reader),
    syncedAt: match.syncedAt?.toISOString() ?? null,
  };
}

export function viewCandidate(candidate: ContactCandidate) {
  return { ...candidate, addedAt: candidate.addedAt.toISOString() };
}

/** All of a match; of a couple who need not be asked about. */
export function chosenAtFirst(
  { status, candidates }: Pick<MatchView, "status" | "candidates">,
): string[] {
  const whose = ({ of }: Candidate) => of ? of.name + of.phone : "";
  const of = Map.groupBy(candidates, whose);
  // One alone is not sure, or they would be matched.
  return candidates.filter((one) =>
    status === "matched" || of.size > 1 && of.get(whose(one))?.length === 1
  ).map((one) => one.externalUserId);
}
