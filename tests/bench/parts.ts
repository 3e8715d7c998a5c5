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
  /**
   * Rows that the README's table shows, by their names, with `*` for sizes. One
   * that the part no longer answers is a row that does not hold.
   */
  shown: readonly string[];
}

/** Whether a row's name is the one that is shown. */
export function isShown(shown: string, name: string): boolean {
  const literal = shown.split("*").map((text) => RegExp.escape(text));
  return new RegExp(`^${literal.join(".+")}$`).test(name);
}

export const PARTS: readonly Part[] = [
  {
    name: "storms",
    file: "storms.ts",
    load: async () => (await import("./storms.ts")).storms,
    timed: false,
    shown: [
      "groups bound in a storm, * orders on Postgres",
      "differences of the kind lost after a storm, * orders on Postgres",
      "differences of the kind doubled after a storm, * orders on Postgres",
    ],
  },
  {
    name: "plants",
    file: "plants.ts",
    load: async () => (await import("./plants.ts")).plants,
    timed: false,
    shown: [
      "differences that tell of the planted fault record-without-verifying",
    ],
  },
  {
    name: "calls",
    file: "calls.ts",
    load: async () => (await import("./calls.ts")).calls,
    timed: false,
    shown: [
      "calls to WeCom for a matched page, cold, * contacts",
      "calls to WeCom for a matched page, warm, * contacts",
      "calls to WeCom for the page of somebody without contacts, warm",
    ],
  },
  {
    name: "statements",
    file: "statements.ts",
    load: async () => (await import("./statements.ts")).statements,
    timed: false,
    shown: [
      "SQL statements of an order page with a group",
      "waves of statements of an order page with a group",
      "SQL statements of order.get",
      "SQL statements of the list as a page",
    ],
  },
  {
    name: "tap",
    file: "tap.ts",
    load: async () => (await import("./tap.ts")).tap,
    timed: false,
    shown: [
      "requests from the tap to a live button",
      "JavaScript of the order's page, brotli",
    ],
  },
  {
    name: "tokens",
    file: "tokens.ts",
    load: async () => (await import("./tokens.ts")).tokens,
    timed: false,
    shown: ["token calls, cold, * requests on * processes, Postgres"],
  },
  {
    name: "confluence",
    file: "confluence.ts",
    load: async () => (await import("./confluence.ts")).confluence,
    timed: false,
    shown: ["contradictions between orders of the ways back, * worlds"],
  },
  {
    name: "bad_input",
    file: "bad_input.ts",
    load: async () => (await import("./bad_input.ts")).badInput,
    timed: false,
    shown: [
      "server errors, * bad requests",
      "answers with a stack trace or a secret, * bad requests",
    ],
  },
  {
    name: "page_cost",
    file: "page_cost.ts",
    load: async () => (await import("./page_cost.ts")).benchPageCost,
    timed: true,
    shown: ["processor time of an order page"],
  },
  {
    name: "growth",
    file: "growth.ts",
    load: async () => (await import("./growth.ts")).benchGrowth,
    timed: true,
    shown: [
      "the page of a matched order, * / *",
      "own orders of who has few, * / *",
      "orders with a group, far down, * / *",
      "search: two characters of a name, * / *",
    ],
  },
  {
    name: "throughput",
    file: "throughput.ts",
    load: async () => (await import("./throughput.ts")).throughput,
    timed: true,
    shown: [
      "order.get, answers a second / bare Hono's",
      "an order's page, answers a second / bare Hono's",
      "clicks a second / the document's way, * contacts",
    ],
  },
  {
    name: "events",
    file: "events.ts",
    load: async () => (await import("./events.ts")).events,
    timed: true,
    shown: [
      "events lost or stored twice, of * events",
      "answer to a callback, of * events, p99",
    ],
  },
  {
    name: "match",
    file: "match.ts",
    load: async () => (await import("./match.ts")).match,
    timed: true,
    shown: ["match among * / * contacts, p50"],
  },
  {
    name: "night",
    file: "night.ts",
    load: async () => (await import("./night.ts")).night,
    timed: true,
    shown: [
      "calls a minute and API, a night over * groups, * contacts",
      "WAL, a night over * groups, * contacts",
      "memory grown, a night over * groups, * contacts",
    ],
  },
  {
    name: "morning",
    file: "morning.ts",
    load: async () => (await import("./morning.ts")).morning,
    timed: true,
    shown: [
      "the last one / what the calls take, * first readings at once, 100 ms a call",
      "refused or failed, * first readings at once, 100 ms a call",
      "the last one / what the calls take, * sign-ins at once, 100 ms a call",
      "refused or failed, * sign-ins at once, 100 ms a call",
    ],
  },
  {
    name: "processes",
    file: "processes.ts",
    load: async () => (await import("./processes.ts")).processes,
    timed: true,
    shown: [
      "pages a second of a core, * processes / one",
      "calls too many at once, * first readings at once on * processes",
    ],
  },
  {
    name: "cuts",
    file: "cuts.ts",
    load: async () => (await import("./cuts.ts")).cuts,
    timed: true,
    shown: [
      "acknowledged writes lost under * cuts of all connections",
      "answered of * after the cuts",
    ],
  },
  {
    name: "operators",
    file: "operators.ts",
    load: async () => (await import("./operators.ts")).operators,
    timed: true,
    shown: [
      "an order's page beside * operators who search / in calm, p50, * orders",
      "answer of an order's page whose table is locked, * orders",
      "stop with * pages that hang, * orders",
    ],
  },
  {
    name: "memory",
    file: "memory.ts",
    load: async () => (await import("./memory.ts")).memory,
    timed: true,
    shown: [
      "memory at rest, with Postgres",
      "memory on top while * contacts are read",
      "memory after the first start, embedded",
    ],
  },
  {
    name: "start",
    file: "start.ts",
    load: async () => (await import("./start.ts")).start,
    timed: true,
    shown: ["first start with all downloads", "start again", "stop"],
  },
];
