/**
 * What an order's page costs in processor time, warm and matched: the whole
 * process in production, over Postgres, as the client asks for it (HTTP, Brotli).
 * Judged only against another version, in turns in one run:
 *
 *     deno run -A tests/bench/page_cost.ts --against=<worktree>…
 */
import assert from "node:assert/strict";
import { type StubWecom, withStub } from "../support/stub_wecom.ts";
import { type Bench, median, type Row, runAgainst } from "./row.ts";
import {
  deno,
  HERE,
  ORDER_PAGE,
  productEnv,
  pushCompany,
  serve,
  type Served,
  signIn,
  withPostgres,
} from "./served.ts";

/** Other versions cost at least so many times as much. */
const HALVED = { most: 0.5 };
/** At the same time, as a few phones ask. */
const PEOPLE = 4;

export const benchPageCost: Bench = (options) => comparePageCost([], options);

/** Against the trees that are named; without one, a number that nobody judges. */
export async function comparePageCost(
  against: readonly string[],
  { quick, say }: Parameters<Bench>[0],
): Promise<Row[]> {
  const sizes = quick
    ? { warm: 200, rounds: 3, pages: 100 }
    : { warm: 2_000, rounds: 9, pages: 400 };
  const trees = [HERE, ...against];
  for (const tree of trees) await deno(tree, ["task", "build"]);
  return await withStub((stub, base) =>
    withPostgres(trees.length, async (urls) => {
      const directory = await Deno.makeTempDir({ prefix: "page-cost-" });
      const opened: Page[] = [];
      try {
        for (const [at, tree] of trees.entries()) {
          const own = `${directory}/${at}`;
          await Deno.mkdir(own);
          const env = productEnv(stub, base, urls[at] ?? "", own);
          opened.push(await open(await serve(tree, env), stub));
        }
        for (const page of opened) await page.ask(sizes.warm);
        const costs = await inTurns(opened, sizes, say);
        return rows(costs, against);
      } finally {
        for (const page of opened) await page.served.stop();
        await Deno.remove(directory, { recursive: true });
      }
    })
  );
}

interface Page {
  served: Served;
  ask(times: number): Promise<void>;
}

async function open(served: Served, stub: StubWecom): Promise<Page> {
  await pushCompany(served.origin);
  const visitor = await signIn(stub, served.origin);
  const headers = {
    cookie: visitor.cookieHeader(),
    "accept-encoding": "gzip, deflate, br",
  };
  await matched(served.origin, headers);
  return {
    served,
    async ask(times) {
      let left = times;
      await Promise.all(Array.from({ length: PEOPLE }, async () => {
        while (left-- > 0) {
          const response = await fetch(served.origin + ORDER_PAGE, { headers });
          await response.arrayBuffer();
          assert.equal(response.status, 200);
        }
      }));
    },
  };
}

/** On a busy machine the first pages say that the contacts are being read. */
async function matched(
  origin: string,
  headers: Record<string, string>,
): Promise<void> {
  for (let tries = 20;; tries--) {
    const response = await fetch(origin + ORDER_PAGE, { headers });
    const html = await response.text();
    assert.ok(response.ok, html);
    if (html.includes("create-group")) return;
    assert.ok(tries > 0, html);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Milliseconds a page, by round and tree. */
async function inTurns(
  pages: readonly Page[],
  { rounds, pages: times }: { rounds: number; pages: number },
  say: (line: string) => void,
): Promise<number[][]> {
  const costs: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const row: number[] = [];
    for (const { served, ask } of pages) {
      const before = await served.cpuMs();
      await ask(times);
      row.push((await served.cpuMs() - before) / times);
    }
    costs.push(row);
    say(`  ${row.map((ms) => ms.toFixed(2)).join(" ")} ms`);
  }
  return costs;
}

function rows(costs: number[][], against: readonly string[]): Row[] {
  const of = (at: number) => median(costs.map((row) => row[at] ?? NaN));
  return [
    { name: "processor time of an order page", ...ms(of(0)) },
    ...against.flatMap((tree, at): Row[] => [
      { name: `the same in ${tree}`, ...ms(of(at + 1)) },
      {
        name: `processor time of an order page, by that of ${tree}`,
        value: median(
          costs.map((row) => (row[0] ?? NaN) / (row[at + 1] ?? NaN)),
        ),
        unit: "x",
        limit: HALVED,
      },
    ]),
  ];
}

function ms(value: number): Pick<Row, "value" | "unit" | "limit"> {
  return { value, unit: "ms", limit: null };
}

if (import.meta.main) await runAgainst(comparePageCost);
