/**
 * How an order lives through the storm: who opens its page when, alone, at the
 * same moment as somebody else, or on two devices, as its plan and its story
 * say.
 */
import { pause } from "./clock.ts";
import type { StormOrder } from "./company.ts";
import type { Dice } from "./dice.ts";
import { count, type Ledger } from "./ledger.ts";
import { CALM, type Visit } from "./plan.ts";
import type { Outcome, Visitor } from "./visitor.ts";

/** One person's visit; `device` of several, the first is 0. */
export interface Attendance {
  userId: string;
  device: number;
  step: Visit;
  own: Dice;
  meet: Visitor["meet"];
}

export type Attend = (
  order: StormOrder,
  attendance: Attendance,
) => Promise<Outcome>;

/** So long does anybody wait for somebody else. */
const PATIENCE_MS = 6_000;

export async function live(
  order: StormOrder,
  { attend, dice, ledger }: { attend: Attend; dice: Dice; ledger: Ledger },
): Promise<void> {
  const { plan } = order;
  for (const [turn, step] of plan.visits.entries()) {
    const own = (who: string) => dice.fork(`${order.orderId} ${turn} ${who}`);
    const outcomes = await Promise.all(
      visits(order, turn, step, own, ledger).map((one) => one(attend)),
    );
    if (outcomes.includes("done") || outcomes.includes("gone")) return;
    await pause(step.pauseMs);
  }
}

type Start = (attend: Attend) => Promise<Outcome>;

function visits(
  order: StormOrder,
  turn: number,
  step: Visit,
  own: (who: string) => Dice,
  ledger: Ledger,
): Start[] {
  const { plan, designer, manager } = order;
  const come =
    (userId: string, device: number, meet: Visitor["meet"]): Start =>
    (attend) => {
      const who = device === 0 ? userId : `${userId} ${device}`;
      const attendance = { userId, device, step, own: own(who), meet };
      return attend(order, attendance);
    };
  if (plan.story === "two devices") {
    count(ledger.faults, "two devices at once");
    return together(own("together"), [
      (meet) => come(designer, 0, meet),
      (meet) => come(designer, 1, meet),
    ]);
  }
  if (plan.story === "watched") {
    return watched(order, come(designer, 0, null), own(manager));
  }
  if (plan.manager === "at once") {
    count(ledger.faults, "two people at once");
    return together(own("together"), [
      (meet) => come(designer, 0, meet),
      (meet) => come(manager, 0, meet),
    ]);
  }
  const alone = plan.manager === "alone" && turn < 2;
  return [come(alone ? manager : designer, 0, null)];
}

/** Both have the sheet open; then both tap, or one when the other has done. */
function together(
  dice: Dice,
  [first, second]: [
    (meet: Visitor["meet"]) => Start,
    (meet: Visitor["meet"]) => Start,
  ],
): Start[] {
  const over = Promise.withResolvers<void>();
  const inTurn = dice.chance(0.5);
  const both = gate(2);
  const wait = inTurn ? () => orPatience(over.promise) : both;
  return [
    async (attend) => {
      const outcome = await first(inTurn ? null : both)(attend);
      over.resolve();
      return outcome;
    },
    second(wait),
  ];
}

/** A colleague has the sheet open while the other one goes all the way. */
function watched(order: StormOrder, designer: Start, own: Dice): Start[] {
  const { manager: userId } = order;
  const open = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  const meet = async () => {
    open.resolve();
    await orPatience(over.promise);
  };
  const step = { ...CALM, looks: true };
  return [
    async (attend) => {
      const outcome = await attend(order, {
        userId,
        device: 0,
        step,
        own,
        meet,
      });
      open.resolve();
      return outcome;
    },
    async (attend) => {
      await orPatience(open.promise);
      const outcome = await designer(attend);
      over.resolve();
      return outcome;
    },
  ];
}

/** Opens when so many have come to it. */
function gate(people: number): () => Promise<void> {
  const all = Promise.withResolvers<void>();
  let come = 0;
  return async () => {
    come += 1;
    if (come === people) all.resolve();
    await orPatience(all.promise);
  };
}

async function orPatience(wanted: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([wanted, patience]);
  clearTimeout(timer);
}
