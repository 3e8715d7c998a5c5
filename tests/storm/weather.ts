/**
 * The storm itself: what WeCom does wrong, what the machines do, what people
 * do to groups and contacts meanwhile. Each kind has dice of its own. `stop`
 * ends all of it and puts everything right again.
 */
import { type FaultRule, ODDITY_NAMES } from "../../lib/sandbox/mod.ts";
import type { Company } from "./company.ts";
import { churn } from "./churn.ts";
import { pause } from "./clock.ts";
import type { Crowd } from "./crowd.ts";
import type { Dice } from "./dice.ts";
import { SESSIONS_ENDED } from "./faults.ts";
import type { History } from "./history.ts";
import { count, type Ledger } from "./ledger.ts";
import type { Network } from "./network.ts";
import { withPageFaults } from "./pages.ts";
import type { Stage } from "./stage.ts";

export interface Storm {
  stage: Stage;
  network: Network;
  company: Company;
  ledger: Ledger;
  history: History;
  crowd: Crowd;
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

/** Whose answers have rows that nobody foresaw. */
const ODD_ANSWERS = {
  contacts: "externalcontact/batch/get_by_user",
  group: "externalcontact/groupchat/get",
};
/** Chance that a call to WeCom is the last that an instance sees. */
const STEP_RISK = 0.001;
/** Chances that where a query is cut, more than the connection breaks. */
const QUERY_RISK = { instance: 0.06, database: 0.03 };
/** An intent's lease, and a search, are over after so long. */
const LEASE_MS = 11 * 60_000;
const SEARCH_MS = 31 * 60_000;

export function startStorm(storm: Storm): { stop(): Promise<void> } {
  const { stage, network, ledger, dice } = storm;
  const { world, sandbox, instances, cluster, wires } = stage;
  const over = new AbortController();
  const work: Promise<void>[] = [];
  /** The database is down. */
  let lying = false;
  const crashes = dice.fork("crashes");

  /**
   * Does it again and again, with pauses of `from` to `to` ms; the first time
   * earlier where `first` says so, since small storms are over soon.
   */
  function every(
    name: string,
    pauses: [number, number],
    act: (dice: Dice) => void | Promise<void>,
    first = pauses,
  ): void {
    const own = dice.fork(name);
    work.push((async () => {
      for (let [from, to] = first;; [from, to] = pauses) {
        await unless(over.signal, own.int(from, to));
        if (over.signal.aborted) return;
        await act(own);
      }
    })());
  }

  network.stormy = true;
  wires.wecom.risk = 0.002;
  if (wires.database) wires.database.risk = 0.0008;
  world.faults.seed(dice.int(1, 1e9));
  for (const oddity of ODDITY_NAMES) {
    for (const endpoint of Object.values(ODD_ANSWERS)) {
      world.faults.add({
        endpoint,
        kind: { type: "odd", oddity },
        probability: 0.004,
      });
    }
  }
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
  const calm = Math.min(4, Math.max(1, 2_000 / storm.company.orders.length));
  every("people", [40 * calm, 160 * calm], (dice) => {
    churn({ ...storm, world }, dice);
  });
  every("comparisons", [4_000, 12_000], (dice) => {
    const times = dice.int(1, 2);
    count(ledger.faults, "comparison started", times);
    if (times > 1) count(ledger.faults, "comparisons at once");
    void storm.crowd.compareNow(times);
  }, [2_000, 5_000]);
  const answer = sandbox.api;
  const own = dice.fork("pages");
  sandbox.api = withPageFaults(answer, {
    world,
    ledger,
    dice: own,
    kill: storm.kills ? () => own.pick(instances).kill() : null,
  });
  if (storm.kills) {
    const own = dice.fork("steps");
    const strike = (when: string) => {
      count(ledger.faults, `kill -9 instance ${when}`);
      own.pick(instances).kill();
    };
    // Between two steps of whatever is under way.
    const spoilt = sandbox.api;
    sandbox.api = async (request) => {
      if (own.chance(STEP_RISK)) strike("before WeCom answers");
      const response = await spoilt(request);
      if (own.chance(STEP_RISK)) strike("after WeCom did it");
      return response;
    };
    if (wires.database) {
      wires.database.onCut = () => {
        if (own.chance(QUERY_RISK.instance)) strike("at a query");
        if (own.chance(QUERY_RISK.database)) work.push(crash(" at a query"));
      };
    }
    // One that has the database in it takes its time to come back.
    const [from, to] = cluster ? [4_000, 10_000] : [8_000, 16_000];
    every("instances", [from, to], (dice) => {
      count(ledger.faults, "kill -9 instance");
      dice.pick(instances).kill();
    }, [1_500, 4_000]);
    every("wires", [5_000, 15_000], (dice) => {
      const list = [wires.wecom, wires.database].filter((one) => one !== null);
      const wire = dice.pick(list);
      count(ledger.faults, `all connections to ${wire.name} cut`);
      wire.cutAll();
    });
    if (cluster) {
      every("sessions", [10_000, 25_000], async (dice) => {
        if (lying) return;
        count(ledger.faults, SESSIONS_ENDED);
        await stage.endSessions(dice.int(8, 20)).catch(() => {
          // The database died meanwhile.
        });
      }, [2_000, 6_000]);
    }
    let nights = dice.int(0, 1);
    every("nights", [25_000, 60_000], () => {
      const long = nights++ % 2 === 0;
      count(ledger.faults, long ? "searches run out" : "leases run out");
      return stage.sleepOver(long ? SEARCH_MS : LEASE_MS);
    }, [4_000, 9_000]);
    if (cluster) {
      every("database", [15_000, 35_000], () => crash(""), [5_000, 10_000]);
    }
  }

  /** The whole of the database, at once; not while it lies already. */
  async function crash(when: string): Promise<void> {
    if (!cluster || lying) return;
    lying = true;
    count(ledger.faults, `kill -9 database${when}`);
    await cluster.kill();
    await pause(crashes.int(0, 800));
    await cluster.start();
    lying = false;
  }

  return {
    async stop() {
      over.abort();
      network.stormy = false;
      sandbox.api = answer;
      wires.wecom.risk = 0;
      if (wires.database) wires.database.risk = 0;
      await Promise.all(work);
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
