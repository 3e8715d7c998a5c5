/**
 * Everybody: designers who work through their orders one after the other,
 * managers who come at the same moment, people who come back after the storm.
 */
import type { World } from "../../lib/sandbox/mod.ts";
import { pause } from "./clock.ts";
import type { Company, StormOrder } from "./company.ts";
import type { Dice } from "./dice.ts";
import { count, type Ledger } from "./ledger.ts";
import type { Network } from "./network.ts";
import { type Scene, visit } from "./person.ts";
import { createPhone, type Phone } from "./phone.ts";
import { CALM, type Visit } from "./plan.ts";
import type { GroupView } from "../../lib/flows/schemas.ts";

export interface Crowd {
  /**
   * The storm's part: every order as it was planned. `nearlyOver` runs when the
   * last few are still at it, so that they do not hold up the storm's end.
   */
  work(nearlyOver: () => void): Promise<void>;
  /** Everybody with an order that is still open opens it again, in peace. */
  comeBack(): Promise<void>;
  /**
   * Somebody looks at every group, and has the contacts read. Answers what was
   * shown of each order's group.
   */
  lookAgain(): Promise<Map<string, Shown>>;
  /** Operators have our record compared with WeCom, side by side. */
  compareNow(times: number): Promise<void>;
  /** Orders that want a group and whose group nobody has seen yet. */
  open(): StormOrder[];
}

/** What `group.get` says, of what is compared; null: no group. */
export type Shown =
  | Pick<GroupView, "chatId" | "groupName" | "status" | "owner" | "members">
  | null;

/** Visits in the calm at most; each takes seconds. */
const RETURNS = 2;

export function createCrowd(deps: {
  network: Network;
  company: Company;
  ledger: Ledger;
  world: World;
  dice: Dice;
}): Crowd {
  const { network, company, ledger, world, dice } = deps;
  const phones = new Map<string, Phone>();
  const scene: Scene = {
    world,
    ledger,
    strange(orderId, dice) {
      const others = ledger.made.filter((one) => one.orderId !== orderId);
      const latest = others.at(-1)?.chatId;
      return latest && dice.chance(0.5) ? latest : dice.pick(company.strangers);
    },
  };
  const queues = Map.groupBy(company.orders, (order) => order.designer);

  function phoneOf(userId: string): Phone {
    const known = phones.get(userId);
    if (known) return known;
    const phone = createPhone(network, userId, dice.fork(`phone ${userId}`));
    phones.set(userId, phone);
    return phone;
  }

  async function live(order: StormOrder): Promise<void> {
    const { plan, designer, manager } = order;
    for (const [turn, step] of plan.visits.entries()) {
      if (plan.manager === "at once") {
        count(ledger.faults, "two people at once");
      }
      const people = plan.manager === "at once"
        ? [designer, manager]
        : [plan.manager === "alone" && turn < 2 ? manager : designer];
      const outcomes = await Promise.all(people.map((userId) => {
        const own = dice.fork(`${order.orderId} ${turn} ${userId}`);
        return attend(userId, order, step, own);
      }));
      if (outcomes.includes("done") || outcomes.includes("gone")) return;
      await pause(step.pauseMs);
    }
  }

  async function attend(
    userId: string,
    order: StormOrder,
    step: Visit,
    own: Dice,
  ) {
    const outcome = await visit(scene, phoneOf(userId), order, step, own);
    count(ledger.steps, `visit: ${outcome}`);
    return outcome;
  }

  const open = () =>
    company.orders.filter(({ orderId }) =>
      !ledger.seen.has(orderId) && !ledger.givenUp.has(orderId)
    );

  /** `data` of a flow's answer; null where there is none. */
  async function flow(
    userId: string,
    body: object,
    turns = 5,
  ): Promise<unknown> {
    const phone = phoneOf(userId);
    for (let turn = 0; turn < turns; turn++) {
      try {
        const response = await phone.fetch("/api/runFlow", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        });
        const text = await response.text();
        if (response.status === 401) await phone.open("none").catch(() => {});
        else if (response.status < 500) {
          return (JSON.parse(text) as { data?: unknown }).data ?? null;
        }
      } catch {
        // Tried again below.
      }
      await pause(300);
    }
    return null;
  }

  /** One after the other for each person, all persons side by side. */
  async function each(
    orders: StormOrder[],
    act: (order: StormOrder) => Promise<unknown>,
  ): Promise<void> {
    const byPerson = Map.groupBy(orders, (order) => order.designer);
    await Promise.all(Array.from(byPerson.values(), async (own) => {
      for (const order of own) await act(order);
    }));
  }

  return {
    open,

    async work(nearlyOver) {
      let left = company.orders.length;
      const few = Math.ceil(left / 50);
      await Promise.all(Array.from(queues.values(), async (own, index) => {
        await pause(index * 50);
        for (const order of own) {
          await live(order);
          left -= 1;
          if (left === few) nearlyOver();
        }
      }));
    },

    async comeBack() {
      for (let turn = 0; turn < RETURNS && open().length > 0; turn++) {
        await each(open(), async (order) => {
          // Whoever made a group has the outbox that knows of it.
          const makers = ledger.made
            .filter((one) => one.orderId === order.orderId)
            .map((one) => one.by);
          const people = new Set([...makers, order.designer]);
          for (const userId of people) {
            const own = dice.fork(`${order.orderId} back ${turn} ${userId}`);
            if (await attend(userId, order, CALM, own) === "done") return;
          }
        });
      }
    },

    async compareNow(times) {
      const body = { flowId: "sync.run" };
      await Promise.all(
        Array.from({ length: times }, () => flow(company.operator, body, 2)),
      );
    },

    async lookAgain() {
      const shown = new Map<string, Shown>();
      await each(company.orders, async ({ designer, orderId }) => {
        const body = { flowId: "group.get", orderId };
        shown.set(orderId, await flow(designer, body) as Shown);
      });
      await Promise.all(
        Array.from(queues, ([designer, [first]]) =>
          flow(designer, {
            flowId: "customer.match",
            orderId: first?.orderId,
            refresh: true,
          })),
      );
      return shown;
    },
  };
}
