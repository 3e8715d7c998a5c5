/**
 * The storm itself: what WeCom does wrong, what the machines do, what people
 * do to groups and contacts meanwhile. Each kind has dice of its own. `stop`
 * ends all of it and puts everything right again.
 */
import type { FaultRule } from "../../lib/sandbox/mod.ts";
import type { Company } from "./company.ts";
import { pause } from "./clock.ts";
import type { Dice } from "./dice.ts";
import { count, type Ledger } from "./ledger.ts";
import type { Network } from "./network.ts";
import type { Stage } from "./stage.ts";

export interface Storm {
  stage: Stage;
  network: Network;
  company: Company;
  ledger: Ledger;
  dice: Dice;
  /** False: nothing is killed. */
  kills: boolean;
}

const errcode = (code: number): FaultRule["kind"] => ({
  type: "errcode",
  errcode: code,
});

const RULES: readonly [FaultRule["kind"], number][] = [
  [errcode(-1), 0.01],
  [errcode(45009), 0.003],
  [errcode(45033), 0.006],
  [errcode(40014), 0.003],
  [errcode(42001), 0.003],
  [{ type: "http", status: 502 }, 0.008],
  [{ type: "http", status: 500 }, 0.004],
  [{ type: "hang" }, 0.0015],
  [{ type: "garbage" }, 0.004],
  [{ type: "close" }, 0.006],
  [{ type: "slow", ms: 700 }, 0.01],
  [{ type: "slow", ms: 2_500 }, 0.004],
];

/** Chance that a call to WeCom is the last that an instance sees. */
const STEP_RISK = 0.0004;

export function startStorm(storm: Storm): { stop(): Promise<void> } {
  const { stage, network, ledger, dice } = storm;
  const { world, sandbox, instances, cluster, wires } = stage;
  const over = new AbortController();
  const work: Promise<void>[] = [];

  /** Does it again and again, with pauses of `from` to `to` ms. */
  function every(
    name: string,
    [from, to]: [number, number],
    act: (dice: Dice) => void | Promise<void>,
  ): void {
    const own = dice.fork(name);
    work.push((async () => {
      while (!over.signal.aborted) {
        await unless(over.signal, own.int(from, to));
        if (!over.signal.aborted) await act(own);
      }
    })());
  }

  network.stormy = true;
  wires.wecom.risk = 0.002;
  if (wires.database) wires.database.risk = 0.0008;
  world.faults.seed(dice.int(1, 1e9));
  for (const [kind, probability] of RULES) {
    for (const phase of ["before", "after"] as const) {
      const rule = { endpoint: "*", kind, phase, probability: probability / 2 };
      world.faults.add(rule);
    }
  }

  every("lag", [500, 3_000], (dice) => {
    world.settings.lagMs = dice.pick([0, 300, 1_000, 1_500, 2_500, 4_000]);
  });
  every("latency", [1_000, 5_000], (dice) => {
    world.settings.latencyMs = dice.pick([0, 0, 20, 60]);
    world.settings.maxConcurrent = dice.pick([Infinity, Infinity, 6]);
  });
  every("gusts", [6_000, 15_000], async (dice) => {
    count(ledger.faults, "WeCom down for seconds");
    world.down = true;
    await unless(over.signal, dice.int(300, 2_000));
    world.down = false;
  });
  every("tokens", [8_000, 20_000], () => {
    count(ledger.faults, "all tokens expired");
    world.expireTokens();
  });
  // A fixed share of a company of any size.
  const calm = Math.min(12, Math.max(1, 2_000 / storm.company.orders.length));
  every("people", [40 * calm, 160 * calm], (dice) => churn(storm, dice));
  const answer = sandbox.api;
  if (storm.kills) {
    const own = dice.fork("steps");
    const strike = (when: string) => {
      count(ledger.faults, `kill -9 instance ${when}`);
      own.pick(instances).kill();
    };
    // Between two steps of whatever is under way.
    sandbox.api = async (request) => {
      if (own.chance(STEP_RISK)) strike("before WeCom answers");
      const response = await answer(request);
      if (own.chance(STEP_RISK)) strike("after WeCom did it");
      return response;
    };
    if (wires.database) {
      wires.database.onCut = () => {
        if (own.chance(0.03)) strike("at a query");
      };
    }
    every("instances", [4_000, 10_000], (dice) => {
      count(ledger.faults, "kill -9 instance");
      dice.pick(instances).kill();
    });
    every("wires", [5_000, 15_000], (dice) => {
      count(ledger.faults, "all connections cut");
      const list = [wires.wecom, wires.database].filter((one) => one !== null);
      dice.pick(list).cutAll();
    });
    every("nights", [45_000, 75_000], () => {
      count(ledger.faults, "leases run out");
      return stage.sleepOver(11 * 60_000);
    });
    if (cluster) {
      every("database", [15_000, 35_000], async (dice) => {
        count(ledger.faults, "kill -9 database");
        await cluster.kill();
        await pause(dice.int(0, 800));
        await cluster.start();
      });
    }
  }

  return {
    async stop() {
      over.abort();
      await Promise.all(work);
      network.stormy = false;
      sandbox.api = answer;
      wires.wecom.risk = 0;
      if (wires.database) wires.database.risk = 0;
      world.faults.clear();
      Object.assign(world.settings, {
        lagMs: 500,
        latencyMs: 0,
        maxConcurrent: Infinity,
        down: false,
      });
    },
  };
}

/** People change things while nobody asks: in groups that are done, in contacts. */
function churn({ stage, ledger, company }: Storm, dice: Dice): void {
  const { world } = stage;
  const { state } = world;
  if (dice.chance(0.5)) {
    const userId = dice.pick(company.designers);
    const ordered = new Set(company.orders.map((order) => order.customer));
    const others = [...state.follows.get(userId)?.keys() ?? []]
      .filter((id) => !ordered.has(id));
    const kind = dice.next();
    if (kind < 0.4 || others.length === 0) {
      const externalUserId = world.customerAppears({ name: "路人" });
      const mobile = `1390000${dice.int(1000, 9999)}`;
      world.staffAddsContact({
        userId,
        externalUserId,
        remarkMobiles: [mobile],
      });
      return count(ledger.steps, "contact added");
    }
    const externalUserId = dice.pick(others);
    if (kind < 0.7) {
      world.staffDeletesContact({ userId, externalUserId });
      return count(ledger.steps, "contact deleted");
    }
    world.staffEditsRemark({ userId, externalUserId, remarkMobiles: [] });
    return count(ledger.steps, "contact edited");
  }
  const done = [...ledger.seen.values()];
  if (done.length === 0) return;
  const chat = state.chats.get(dice.pick(done));
  if (!chat || chat.dismissed) return;
  const { chatId } = chat;
  const kind = dice.next();
  const leavers = chat.members.filter((one) => one.id !== chat.owner);
  if (kind < 0.4) {
    const userIds = [dice.pick(company.designers)];
    world.staffAddsMembers({ chatId, userId: chat.owner, userIds });
    count(ledger.steps, "member joined");
  } else if (kind < 0.7 && leavers.length > 0) {
    world.memberLeaves({ chatId, id: dice.pick(leavers).id });
    count(ledger.steps, "member left");
  } else if (kind < 0.95) {
    world.chatRenamed({ chatId, name: `${chat.name.slice(0, 20)}·改` });
    count(ledger.steps, "group renamed");
  } else {
    world.chatDismissed({ chatId });
    count(ledger.steps, "group dismissed");
  }
}

function unless(signal: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
