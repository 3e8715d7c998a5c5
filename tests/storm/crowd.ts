/**
 * Everybody: designers who work through their orders one after the other,
 * managers who come at the same moment, people who come back after the storm.
 */
import type { GroupView } from "../../lib/flows/schemas.ts";
import type { World } from "../../lib/sandbox/mod.ts";
import type { Problem } from "../../lib/ui/model.ts";
import { pause } from "./clock.ts";
import type { Company, StormOrder } from "./company.ts";
import type { Dice } from "./dice.ts";
import { count, type Ledger } from "./ledger.ts";
import { type Attend, live } from "./lives.ts";
import type { Network } from "./network.ts";
import { visit } from "./person.ts";
import { createPhone, type Phone } from "./phone.ts";
import { CALM } from "./plan.ts";
import type { Scene } from "./visitor.ts";

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

/** What `group.get` says of an order; both null: it never answered. */
export interface Shown {
  view: GroupView | null;
  problem: Problem | null;
}

/** Visits in the calm at most; each takes seconds. */
const RETURNS = 2;
/** Of the devices, and how far off: nobody's clock may matter. */
const WRONG_CLOCKS = 0.4;
const MOST_OFF_MS = 25 * 60_000;

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

  function phoneOf(userId: string, device = 0): Phone {
    const name = device === 0 ? userId : `${userId} ${device}`;
    const known = phones.get(name);
    if (known) return known;
    const own = dice.fork(`phone ${name}`);
    const clock = dice.fork(`clock ${name}`);
    const wrong = clock.chance(WRONG_CLOCKS);
    if (wrong) count(ledger.faults, "device clock wrong");
    const clockOffMs = wrong ? clock.int(-MOST_OFF_MS, MOST_OFF_MS) : 0;
    const phone = createPhone(network, { userId, name, clockOffMs }, own);
    phones.set(name, phone);
    return phone;
  }

  const attend: Attend = async (order, { userId, device, step, own, meet }) => {
    const phone = phoneOf(userId, device);
    const outcome = await visit(scene, phone, order, step, own, meet);
    count(ledger.steps, `visit: ${outcome}`);
    return outcome;
  };

  const open = () =>
    company.orders.filter(({ orderId }) =>
      !ledger.seen.has(orderId) && !ledger.givenUp.has(orderId)
    );

  /** What a flow answers; tried again when it could not be asked. */
  async function ask(
    userId: string,
    body: object,
    turns = 5,
  ): Promise<{ data?: unknown; problem?: Problem }> {
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
          const answer = JSON.parse(text);
          return answer.code === 1
            ? { data: answer.data }
            : { problem: answer };
        }
      } catch {
        // Tried again below.
      }
      await pause(300);
    }
    return {};
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
          await live(order, { attend, dice, ledger });
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
          for (const userId of new Set([...makers, order.designer])) {
            const own = dice.fork(`${order.orderId} back ${turn} ${userId}`);
            const calm = { device: 0, step: CALM, own, meet: null };
            if (await attend(order, { userId, ...calm }) === "done") return;
          }
        });
      }
    },

    async compareNow(times) {
      const body = { flowId: "sync.run" };
      await Promise.all(
        Array.from({ length: times }, () => ask(company.operator, body, 2)),
      );
    },

    async lookAgain() {
      const shown = new Map<string, Shown>();
      await each(company.orders, async ({ designer, orderId }) => {
        const answer = await ask(designer, { flowId: "group.get", orderId });
        const view = (answer.data ?? null) as GroupView | null;
        const { problem = null } = answer;
        shown.set(orderId, { view, problem });
      });
      await Promise.all(
        Array.from(queues, ([designer, [first]]) =>
          ask(designer, {
            flowId: "customer.match",
            orderId: first?.orderId,
            refresh: true,
          })),
      );
      return shown;
    },
  };
}
