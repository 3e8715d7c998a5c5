/**
 * Who came and went, as events of one group tell it (92130). Readings show who is
 * there; comings and goings in between are in the events alone, and those that
 * were settled before help to put the others in order: an event may come half an
 * hour after the one that followed it.
 */
import type { Move, ToldMoves } from "../chats/told_moves.ts";
import type { ChatEvent } from "../wecom/callback/event.ts";
import type { Arrived, Recent } from "./arrived.ts";
import { placesOf } from "./versions.ts";

type Event = Arrived<ChatEvent>;

/** What these events tell, and what was settled of the same group. */
export function movesTold(
  events: readonly Event[],
  known: readonly Recent<ChatEvent>[] = [],
): ToldMoves {
  const own = new Set(events.map((one) => one.eventId));
  const settled = known.filter((one) => one.settled && !own.has(one.eventId));
  const places = placesOf([
    ...events,
    ...known.filter((one) => !own.has(one.eventId)),
  ]);
  return [...events, ...settled].flatMap((event): Move[] => {
    const { at, membership, memberIds, joinScene, quitScene } = event;
    const place = places.get(event.eventId) ?? null;
    if (membership === "joined") {
      return memberIds.map((memberId) => ({
        kind: "joined",
        memberId,
        at,
        place,
        scene: joinScene,
      }));
    }
    if (membership !== "left") return [];
    return memberIds.map((memberId) => ({
      kind: "left",
      memberId,
      at,
      place,
      scene: quitScene,
    }));
  });
}
