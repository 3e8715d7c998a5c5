/**
 * Who came and went, as events told it (92130), in any order. Times are whole
 * seconds; if several moves fall into one second, the versions of the group's
 * members may tell which came first.
 */
import type { JoinScene } from "../wecom/mod.ts";

interface Moved {
  readonly memberId: string;
  /** ms since epoch, a whole second. */
  readonly at: number;
  /** The place within the second, if versions prove it. */
  readonly place?: Place | null;
}

/** Places of one chain can be compared, those of two chains cannot. */
export interface Place {
  readonly chain: string;
  readonly index: number;
  /**
   * False: the versions allow another order, too, and this is the one that goes on
   * from the events before or to those behind. That proves nothing when one of
   * these was lost.
   */
  readonly isSure: boolean;
}

export interface Arrival extends Moved {
  readonly kind: "joined";
  readonly scene: JoinScene;
  /**
   * By this time, ms since epoch, the person was away again, though no event may
   * name them: the group had the version of its members from before.
   */
  readonly awayBy?: number | null;
}

export interface Departure extends Moved {
  readonly kind: "left";
  readonly scene: QuitScene | null;
}

export type QuitScene = "left" | "removed";
export type Move = Arrival | Departure;
export type ToldMoves = readonly Move[];

export const NOTHING_TOLD: ToldMoves = [];
