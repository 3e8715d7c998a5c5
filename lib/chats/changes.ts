/**
 * What changed in a group when it was written once. The caller makes events of
 * it if the group is an order's; this room knows no more of orders than the id
 * in the row.
 */
import type { NewStay, Stay } from "./stay.ts";
import type { StayChanges } from "./stays.ts";
import type { QuitScene } from "./told_moves.ts";

export interface ChatChanges {
  readonly chatId: string;
  /** The order that the chat is bound to. */
  readonly orderId: string | null;
  /**
   * The order that the chat is bound to no more: it was believed to be
   * dissolved, and is not, and the order has another group by now.
   */
  readonly lostOrderId: string | null;
  readonly added: boolean;
  readonly renamed: boolean;
  readonly ownerChanged: { readonly from: string; readonly to: string } | null;
  readonly dismissed: boolean;
  readonly moves: readonly ChatMove[];
}

/** Times are ms since epoch. */
/** Somebody came or went. `at` is ms since epoch. */
export type ChatMove =
  & { readonly memberId: string; readonly type: Stay["type"] }
  & { readonly at: number }
  & (
    /** `again`: we had believed that the person left, and that was wrong. */
    | { readonly kind: "joined"; readonly again: boolean }
    | { readonly kind: "left"; readonly scene: QuitScene | null }
  );

export function unchanged(
  chatId: string,
  orderId: string | null,
): ChatChanges {
  return {
    chatId,
    orderId,
    lostOrderId: null,
    added: false,
    renamed: false,
    ownerChanged: null,
    dismissed: false,
    moves: [],
  };
}

/**
 * In the order in which it happened: if we learn of a stay's end when the
 * person is back already, the end comes first. Each move has its own time.
 */
export function movesOf(
  known: readonly Stay[],
  { ended, reopened }: StayChanges,
  begun: readonly (NewStay & Pick<Stay, "type">)[],
): ChatMove[] {
  const moves = [
    ...reopened.map(({ now }) => joinedBy(now, true)),
    ...begun.map((stay) => joinedBy(stay, false)),
    ...[...ended.map(({ now }) => now), ...begun].flatMap(leftBy),
  ].sort((a, b) => a.at - b.at);
  const present = new Set(
    known.filter((one) => one.leftAt === null).map((one) => one.memberId),
  );
  return [...Map.groupBy(moves, (one) => one.memberId)].flatMap(
    ([memberId, own]) => inTurn(own, present.has(memberId)),
  );
}

function inTurn(moves: readonly ChatMove[], wasThere: boolean): ChatMove[] {
  const joined = moves.filter((one) => one.kind === "joined");
  const left = moves.filter((one) => one.kind === "left");
  const [first, second] = wasThere ? [left, joined] : [joined, left];
  return moves.flatMap((_, turn): ChatMove[] => {
    const one = turn % 2 === 0 ? first[turn / 2] : second[(turn - 1) / 2];
    return one ? [one] : [];
  });
}

type Timed =
  & Pick<NewStay, "memberId" | "joinedAt" | "leftAt" | "quitScene">
  & Pick<Stay, "type">;

function joinedBy(
  { memberId, type, joinedAt }: Timed,
  again: boolean,
): ChatMove {
  return { kind: "joined", memberId, type, at: joinedAt, again };
}

function leftBy({ memberId, type, leftAt, quitScene }: Timed): ChatMove[] {
  if (leftAt === null) return [];
  return [{ kind: "left", memberId, type, at: leftAt, scene: quitScene }];
}
