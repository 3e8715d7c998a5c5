/**
 * Who may call WeCom, and when. WeCom counts a company's calls of an API, in a
 * minute (90312) and at the same time (45033), whichever process makes them.
 */
import { type Asking, Gate } from "./gate.ts";
import { Lane, type LaneDeps } from "./lane.ts";
import { CALLS_A_SECOND, type Limited, tooMany } from "./limits.ts";
import { Pace } from "./pace.ts";
import { type StartTimer, startTimer as realTimer } from "./time.ts";

export interface Budget {
  /** Runs `work` when it may; rejects with the signal's reason while it waits. */
  run<T>(api: Limited, asking: Asking, work: () => Promise<T>): Promise<T>;
  /** WeCom refused a call with this code. */
  refused(api: Limited, errcode: number): void;
  /** Gives back what is held here. */
  close(): Promise<void>;
}

interface BudgetDeps extends Omit<LaneDeps, "id" | "startTimer"> {
  /** The corp, whose calls are counted. */
  readonly company: string;
  readonly startTimer?: StartTimer;
}

/** A budget of all processes that have the cache in common. */
export function createBudget(
  { startTimer = realTimer, ...deps }: BudgetDeps,
): Budget {
  const id = crypto.randomUUID();
  const lanes = new Map<string, Lane>();
  const laneOf = (api: Limited) => {
    let lane = lanes.get(api.name);
    if (lane === undefined) {
      const key = `wecom/${deps.company}/calls/${api.name}`;
      lane = new Lane(api, key, { ...deps, startTimer, id });
      lanes.set(api.name, lane);
    }
    return lane;
  };
  return {
    run: (api, asking, work) => laneOf(api).run(asking, work),
    refused(api, errcode) {
      const kind = tooMany(errcode);
      if (kind !== null) laneOf(api).refused(kind);
    },
    async close() {
      await Promise.all([...lanes.values()].map((lane) => lane.close()));
    },
  };
}

/** A budget of this process alone. */
export function createLocalBudget(
  { startTimer = realTimer, elapsed = () => performance.now() }: {
    startTimer?: StartTimer;
    elapsed?: () => number;
  } = {},
): Budget {
  const gates = new Map<string, Gate>();
  return {
    run({ name, parallel }, asking, work) {
      let gate = gates.get(name);
      if (gate === undefined) {
        const pace = new Pace(CALLS_A_SECOND, elapsed);
        gate = new Gate(parallel, { startTimer, elapsed, pace });
        gates.set(name, gate);
      }
      return gate.run(asking, work);
    },
    refused() {},
    close() {
      for (const gate of gates.values()) gate.close();
      return Promise.resolve();
    },
  };
}
