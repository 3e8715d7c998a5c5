/**
 * What people will do with an order, drawn before the storm from the order's
 * own dice: who opens it, where the page dies, what the client forgets to say,
 * who changes their mind. The share of each is far above real life, so that
 * some hundreds of orders meet every combination.
 */
import type { Dice } from "./dice.ts";

/** Where the page is lost, for good, on a visit. */
export type Death =
  /** While `group.prepare` is under way. */
  | "preparing"
  /** With the sheet open. */
  | "confirming"
  /** The client was asked and did nothing yet. */
  | "asked"
  /** WeCom made the chat; the page never hears of it. */
  | "made"
  /** While `group.record` is under way. */
  | "recording";

export interface Visit {
  death: Death | null;
  /** The client answers without the chat's id (doc 98429: before 3.0.36). */
  silent: boolean;
  /** The client never answers, though it made the chat. */
  mute: boolean;
  /** The person closes the sheet, and may tap again. */
  cancels: boolean;
  /** The client refuses once. */
  refused: boolean;
  /** Taps everything twice. */
  hasty: boolean;
  /** Asked whether the group was made after all, does not remember. */
  forgetful: boolean;
  /** Reports somebody else's chat first (a mixed-up or forged request). */
  mixedUp: boolean;
  /** Comes again so many ms after the last visit failed. */
  pauseMs: number;
}

export interface Plan {
  /** The project manager acts too: at the same time, or alone. */
  manager: "stays away" | "at once" | "alone";
  /** A group of designer and customer was there before, made by hand. */
  handMade: "none" | "adopt" | "decline";
  /** Who cancels this order for good, after some steps, does not come back. */
  givesUp: boolean;
  /** The customer's number was never written down: picked by hand. */
  unmatched: boolean;
  visits: Visit[];
}

const DEATHS: readonly Death[] = [
  "preparing",
  "confirming",
  "asked",
  "made",
  "made",
  "recording",
];

export function drawPlan(dice: Dice): Plan {
  const manager = dice.next();
  const handMade = dice.next();
  const givesUp = dice.chance(0.04);
  return {
    manager: manager < 0.15
      ? "at once"
      : manager < 0.2
      ? "alone"
      : "stays away",
    handMade: handMade < 0.04 ? "adopt" : handMade < 0.06 ? "decline" : "none",
    givesUp,
    unmatched: dice.chance(0.04),
    visits: Array.from({ length: 4 }, (_, turn) => drawVisit(dice, turn)),
  };
}

/** Later visits go better, or some orders would never end. */
function drawVisit(dice: Dice, turn: number): Visit {
  const bad = turn === 0 ? 1 : turn === 1 ? 0.4 : 0.1;
  return {
    death: dice.chance(0.35 * bad) ? dice.pick(DEATHS) : null,
    silent: dice.chance(0.2 * bad),
    mute: dice.chance(0.06 * bad),
    cancels: dice.chance(0.08 * bad),
    refused: dice.chance(0.04 * bad),
    hasty: dice.chance(0.15 * bad),
    forgetful: dice.chance(0.2),
    mixedUp: dice.chance(0.15 * bad),
    pauseMs: dice.int(100, 2_500),
  };
}

/** After the storm everybody behaves. */
export const CALM: Visit = {
  death: null,
  silent: false,
  mute: false,
  cancels: false,
  refused: false,
  hasty: false,
  forgetful: false,
  mixedUp: false,
  pauseMs: 0,
};
