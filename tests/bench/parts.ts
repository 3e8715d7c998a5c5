/**
 * The parts of the bench, in the order in which they run. Each is loaded only in
 * the process that runs it.
 */
import type { Bench } from "./row.ts";

export interface Part {
  name: string;
  /** Its file beside this one. */
  file: string;
  load(): Promise<Bench>;
  /** It takes times or sizes of memory: nothing else may run beside it. */
  timed: boolean;
}

export const PARTS: readonly Part[] = [
  {
    name: "storms",
    file: "storms.ts",
    load: async () => (await import("./storms.ts")).storms,
    timed: false,
  },
  {
    name: "plants",
    file: "plants.ts",
    load: async () => (await import("./plants.ts")).plants,
    timed: false,
  },
  {
    name: "calls",
    file: "calls.ts",
    load: async () => (await import("./calls.ts")).calls,
    timed: false,
  },
  {
    name: "statements",
    file: "statements.ts",
    load: async () => (await import("./statements.ts")).statements,
    timed: false,
  },
  {
    name: "tap",
    file: "tap.ts",
    load: async () => (await import("./tap.ts")).tap,
    timed: false,
  },
  {
    name: "tokens",
    file: "tokens.ts",
    load: async () => (await import("./tokens.ts")).tokens,
    timed: false,
  },
  {
    name: "confluence",
    file: "confluence.ts",
    load: async () => (await import("./confluence.ts")).confluence,
    timed: false,
  },
  {
    name: "throughput",
    file: "throughput.ts",
    load: async () => (await import("./throughput.ts")).throughput,
    timed: true,
  },
  {
    name: "events",
    file: "events.ts",
    load: async () => (await import("./events.ts")).events,
    timed: true,
  },
  {
    name: "match",
    file: "match.ts",
    load: async () => (await import("./match.ts")).match,
    timed: true,
  },
  {
    name: "cuts",
    file: "cuts.ts",
    load: async () => (await import("./cuts.ts")).cuts,
    timed: true,
  },
];
