/**
 * What people will do with an order, drawn before the storm from the order's
 * own dice: who opens it, where the page dies, what the client forgets to say,
 * who changes their mind. The share of each is far above real life, so that
 * some hundreds of orders meet every combination.
 */
import type { Dice } from "./dice.ts";

/** Where the page is lost, for good, on a visit. */
export type Death =
  /** While the sheet is being filled. */
  | "previewing"
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
  /** Opens the sheet, and leaves without a tap. */
  looks: boolean;
  /** The client makes two groups at one tap. */
  twice: boolean;
  /** WeCom shows the group that is made now so many ms later; null: as ever. */
  lagMs: number | null;
  /** Asked which group it is: one of them is renamed, and nobody answers. */
  renames: boolean;
  /** Comes again so many ms after the last visit failed. */
  pauseMs: number;
}

/** What besides its visits an order lives through. */
export type Story =
  /** The person has the sheet open on two devices, and confirms on both. */
  | "two devices"
  /**
   * The page dies after the group was made, WeCom does not show it yet, and
   * another one is made; which is dissolved in the end.
   */
  | "twin"
  /** Two groups could be the one: a question that stays open for a while. */
  | "question"
  /** A colleague has the sheet open meanwhile, and never taps. */
  | "watched";

export interface Plan {
  story: Story | null;
  /** The offered group is dissolved while it is offered, and no event tells. */
  vanishes: boolean;
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
  "previewing",
  "preparing",
  "confirming",
  "asked",
  "made",
  "made",
  "recording",
];

/** `only`: what every order lives through, but those with a group made by hand. */
export function drawPlan(dice: Dice, only: Story | null = null): Plan {
  const manager = dice.next();
  const handMade = dice.next();
  const givesUp = dice.chance(0.04);
  const plan: Plan = {
    manager: manager < 0.15
      ? "at once"
      : manager < 0.2
      ? "alone"
      : "stays away",
    handMade: handMade < 0.04 ? "adopt" : handMade < 0.06 ? "decline" : "none",
    givesUp,
    unmatched: dice.chance(0.04),
    visits: Array.from({ length: 4 }, (_, turn) => drawVisit(dice, turn)),
    story: null,
    vanishes: dice.chance(0.5) && manager >= 0.2,
  };
  const chance = dice.next();
  const story = only ?? STORIES.find(([, below]) => chance < below)?.[0];
  return story && plan.handMade === "none" ? told(plan, story, dice) : plan;
}

export function isStory(text: string): text is Story {
  return STORIES.some(([story]) => story === text);
}

/** Shares, each one's with those before it. */
const STORIES: readonly [Story, number][] = [
  ["two devices", 0.08],
  ["twin", 0.14],
  ["question", 0.24],
  ["watched", 0.3],
];

/** The plan with what the story needs of it. */
function told(plan: Plan, story: Story, dice: Dice): Plan {
  const [, second = CALM, ...later] = plan.visits;
  const own: Plan = {
    ...plan,
    story,
    givesUp: false,
    manager: "stays away",
  };
  if (story === "twin") {
    const made: Visit = {
      ...CALM,
      death: "made",
      lagMs: LONG_LAG_MS,
      forgetful: true,
      pauseMs: 50,
    };
    const again = { ...second, death: null, cancels: false, forgetful: true };
    return { ...own, visits: [made, again, ...later] };
  }
  if (story === "question") {
    const made: Visit = {
      ...CALM,
      silent: true,
      // Then nobody reports, and only WeCom tells of the two.
      death: dice.chance(0.5) ? "made" : null,
      twice: true,
      renames: true,
      // Whatever the rename leads to, it leads to before anybody answers.
      pauseMs: 6_000,
    };
    return { ...own, visits: [made, second, ...later] };
  }
  const calm = { death: null, cancels: false, refused: false };
  const visits = plan.visits.map((visit) => ({ ...visit, ...calm }));
  return { ...own, visits };
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
    looks: false,
    twice: false,
    lagMs: null,
    renames: false,
    pauseMs: dice.int(100, 2_500),
  };
}

/** Longer than a person needs to open the page and to tap again. */
const LONG_LAG_MS = 8_000;

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
  looks: false,
  twice: false,
  lagMs: null,
  renames: false,
  pauseMs: 0,
};
