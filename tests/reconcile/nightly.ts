/**
 * Prints what nightly runs cost for 10,000 groups of 100 designers: the first
 * one, and one a night later with nothing changed. No timed test:
 *
 *   deno run -A tests/reconcile/nightly.ts
 */
import { describe } from "../../lib/tasks/sync.ts";
import type { WorldSeed } from "../../lib/sandbox/mod.ts";
import { DAY, withCompany } from "./support.ts";

const OWNERS = 100;
const EACH = 100;

const owner = (n: number) => `d${String(n).padStart(4, "0")}`;

const seed: WorldSeed = {
  kind: "built",
  build(world) {
    for (let n = 1; n <= OWNERS; n++) {
      world.staff({ userId: owner(n), name: `设计师${n}` });
      for (let i = 1; i <= EACH; i++) {
        const name = `客户${n}-${i}`;
        const externalUserId = world.quickCustomer(name, "13800000001");
        world.follows({ userId: owner(n), externalUserId });
        world.chat({
          owner: owner(n),
          name: `${name}-服务群`,
          externalUserIds: [externalUserId],
        });
      }
    }
  },
};

// deno-lint-ignore no-console -- a script for the terminal
const say = (line: string) => console.log(line);

/** A seventh by turns, and as much as the spread of the turns can be. */
const MOST_FETCHED = OWNERS * EACH / 7 * 1.1;
let fair = true;

await withCompany(seed, async ({ services, clock }) => {
  await services.staff.upsert({
    staff: Array.from({ length: OWNERS }, (_, n) => ({
      wxUserId: owner(n + 1),
      name: `设计师${n + 1}`,
      role: "designer" as const,
    })),
  });
  for (const title of ["第一夜", "第二夜，没有变化", "第三夜，没有变化"]) {
    const started = performance.now();
    const report = await services.reconciler.run("nightly");
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    say(`\n${title}（${seconds} 秒）`);
    // The clock of the company stands still while it runs.
    for (const line of report ? describe(report).slice(1) : []) say(line);
    if (title.endsWith("没有变化")) {
      const { counts } = report ?? {};
      fair &&= counts !== undefined && counts.fetched <= MOST_FETCHED &&
        counts.changed === 0 && counts.dismissed === 0;
    }
    clock.now += DAY;
  }
});
if (!fair) say("\n没有变化的夜里读得太多，或改了什么");
Deno.exit(fair ? 0 : 1);
