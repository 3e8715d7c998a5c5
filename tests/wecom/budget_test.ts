/** One budget for the whole company: how processes divide it, and what breaks it. */
import assert from "node:assert/strict";
import type { Priority } from "../../lib/wecom/mod.ts";
import { CODE } from "../../lib/wecom/mod.ts";
import { seededRandom } from "../../lib/sandbox/ids.ts";
import { createTown, type Process, type Town } from "./budget_support.ts";

/** So many calls of one process, all at once. Answers when each had ended. */
function burst(
  town: Town,
  process: Process,
  count: number,
  { priority = "sync", parallel = 2 }: {
    priority?: Priority;
    parallel?: number;
  } = {},
) {
  const ended: number[] = [];
  for (let n = 0; n < count; n++) {
    void town.call(process, { priority, parallel })
      .then(() => ended.push(town.now()));
  }
  return ended;
}

for (const processes of [1, 2, 3, 4, 8]) {
  Deno.test(`${processes} processes have 2 calls running between them, and hardly ever fewer`, async () => {
    const town = createTown();
    const all = Array.from({ length: processes }, () => town.process());
    const ended = all.map((process) => burst(town, process, 240 / processes));
    await town.run(240 / 2 * 100 * 1.12);
    assert.equal(ended.flat().length, 240);
    assert.equal(town.seen.most, 2);
  });
}

for (const [processes, cacheMs] of [[16, 5], [40, 5], [8, 60]] as const) {
  Deno.test(`${processes} processes that write at the same time keep the bound, with ${cacheMs} ms to the cache`, async () => {
    const town = createTown();
    const all = Array.from(
      { length: processes },
      () => town.process({ cacheMs }),
    );
    const ended = all.map((process) => burst(town, process, 100));
    await town.run(20_000);
    assert.equal(town.seen.most, 2);
    assert.ok(ended.flat().length > 260, `${ended.flat().length} of 400`);
  });
}

Deno.test("a process that is busy alone uses all there is, and asks the cache no more for it", async () => {
  const town = createTown({ latencyMs: 20 });
  const process = town.process();
  const ended = burst(town, process, 1_000, { parallel: 2 });
  await town.run(11_000);
  assert.equal(ended.length, 1_000);
  assert.ok(town.seen.reads < 1_000 / 4, `${town.seen.reads} for 1,000 calls`);
});

Deno.test("whoever comes later has its share within a moment", async () => {
  const town = createTown();
  const [one, two] = [town.process(), town.process()];
  burst(town, one, 1_000);
  await town.run(5_000);
  const ended = burst(town, two, 1);
  await town.run(600);
  assert.equal(ended.length, 1);
  assert.equal(town.seen.most, 2);
});

Deno.test("what one process gives back, another takes at once", async () => {
  const town = createTown();
  const [one, two] = [town.process(), town.process()];
  burst(town, one, 20);
  const ended = burst(town, two, 200);
  await town.run(220 / 2 * 100 * 1.1);
  assert.equal(ended.length, 200);
});

Deno.test("a process that is killed with all places leaves them to others after seconds", async () => {
  const town = createTown();
  const [one, two] = [town.process(), town.process()];
  burst(town, one, 1_000);
  await town.run(1_000);
  one.kill();
  town.seen.running = 0;
  const ended = burst(town, two, 20);
  await town.run(3_000);
  assert.equal(ended.length, 0, "it may be alive");
  await town.run(3_500);
  assert.equal(ended.length, 20);
});

Deno.test("a process that ends leaves nothing behind", async () => {
  const town = createTown();
  const [one, two] = [town.process(), town.process()];
  burst(town, one, 2);
  await town.run(300);
  const closed = one.budget.close();
  await town.run(10);
  await closed;
  const ended = burst(town, two, 2);
  await town.run(120);
  assert.equal(ended.length, 2);
});

Deno.test("who signs in elsewhere goes before the syncs and the night of all", async () => {
  const town = createTown();
  const all = Array.from({ length: 4 }, () => town.process());
  for (const [at, process] of all.entries()) {
    burst(town, process, 1_000, { priority: at % 2 ? "sync" : "night" });
  }
  await town.run(7_000);
  const [first] = all;
  assert.ok(first);
  for (const priority of ["signIn", "person"] as const) {
    const ended = burst(town, first, 10, { priority });
    await town.run(1_400);
    assert.equal(ended.length, 10, priority);
  }
  assert.equal(town.seen.most, 2);
});

Deno.test("the night goes on while people come without an end", async () => {
  const town = createTown();
  const [people, night] = [town.process(), town.process()];
  burst(town, people, 3_000, { priority: "person" });
  await town.run(1_000);
  const ended = burst(town, night, 1_000, { priority: "night" });
  await town.run(90_000);
  assert.ok(ended.length >= 3, String(ended.length));
  assert.ok(ended.length < 200, "and does not hold them up");
});

Deno.test("clocks that differ by minutes change nothing", async () => {
  const town = createTown();
  const skews = [-180_000, 0, 240_000];
  const all = skews.map((skewMs) => town.process({ skewMs }));
  const ended = all.map((process) => burst(town, process, 80));
  await town.run(240 / 2 * 100 * 1.12);
  assert.equal(ended.flat().length, 240);
  assert.equal(town.seen.most, 2);
});

Deno.test("a company makes 8,000 calls of an API in a minute at most", async () => {
  const town = createTown({ latencyMs: 5 });
  const all = Array.from({ length: 4 }, () => town.process());
  for (const process of all) burst(town, process, 2_100, { parallel: 8 });
  await town.run(60_000);
  assert.ok(town.seen.calls <= 8_000, String(town.seen.calls));
  assert.ok(town.seen.calls >= 7_000, String(town.seen.calls));
});

Deno.test("who may call has the time of those who wait for a place", async () => {
  const town = createTown({ latencyMs: 10 });
  const all = Array.from({ length: 8 }, () => town.process());
  for (const process of all) burst(town, process, 1_000);
  await town.run(20_000);
  assert.ok(town.seen.calls > 20 * 110, `${town.seen.calls} in 20 s`);
  assert.ok(town.seen.calls < 20 * 160, `${town.seen.calls} in 20 s`);
});

Deno.test("a refusal for too many at once makes everybody call less, for a while", async () => {
  const town = createTown();
  const all = [town.process(), town.process()];
  let allowed = 3;
  const run = (process: Process): Promise<void> =>
    town.call(process, {
      priority: "sync",
      parallel: 8,
      refuse() {
        if (town.seen.running <= allowed) return;
        process.budget.refused(
          { name: "api", parallel: 8 },
          CODE.TOO_MANY_PARALLEL,
        );
        refusals++;
      },
    }).then(() => run(process));
  let refusals = 0;
  for (const process of all) for (let n = 0; n < 8; n++) void run(process);
  await town.run(10_000);
  refusals = 0;
  town.seen.calls = 0;
  await town.run(60_000);
  assert.ok(refusals < town.seen.calls / 20, `${refusals} refused`);
  assert.ok(town.seen.calls > 60 * 10 * 2, "two of the three at least");
  allowed = 8;
  await town.run(30_000);
  town.seen.most = 0;
  await town.run(5_000);
  assert.equal(town.seen.most, 8, "it has recovered");
});

Deno.test("a refusal for too many in a minute slows everybody down, and it passes", async () => {
  const town = createTown({ latencyMs: 5 });
  const all = [town.process(), town.process()];
  const [first] = all;
  for (const process of all) burst(town, process, 7_000, { parallel: 8 });
  await town.run(1_000);
  for (let n = 0; n < 3; n++) {
    first?.budget.refused({ name: "api", parallel: 8 }, CODE.RATE_LIMITED);
    await town.run(1_100);
  }
  town.seen.calls = 0;
  await town.run(5_000);
  assert.ok(town.seen.calls < 5 * 6, String(town.seen.calls));
  await town.run(120_000);
  town.seen.calls = 0;
  await town.run(1_000);
  assert.ok(town.seen.calls > 100, String(town.seen.calls));
});

Deno.test("a refusal is told although the entry was being written when it came", async () => {
  const town = createTown({ latencyMs: 5 });
  const process = town.process({ cacheMs: 100 });
  const calling = burst(town, process, 20_000, { parallel: 8 });
  await town.run(20_000);
  const api = { name: "api", parallel: 8 };
  process.budget.refused(api, CODE.TOO_MANY_PARALLEL);
  // It is read and written: 100 ms each.
  await town.run(130);
  process.budget.refused(api, CODE.RATE_LIMITED);
  await town.run(500);
  const before = calling.length;
  await town.run(2_000);
  const calls = calling.length - before;
  assert.ok(calls < 2 * 130 / 2, `${calls} in 2 s, of 260`);
});

Deno.test("a refusal that a clock ahead of the others tells of passes as well", async () => {
  const town = createTown({ latencyMs: 5 });
  const ahead = town.process({ skewMs: 10 * 60_000 });
  const other = town.process();
  const calling = burst(town, other, 20_000, { parallel: 8 });
  burst(town, ahead, 100, { parallel: 8 });
  await town.run(1_000);
  ahead.budget.refused({ name: "api", parallel: 8 }, CODE.RATE_LIMITED);
  await town.run(1_000);
  const before = calling.length;
  await town.run(2_000);
  assert.ok(calling.length - before < 2 * 130 / 2, "it holds for all");
  await town.run(45_000);
  const later = calling.length;
  await town.run(2_000);
  const calls = calling.length - later;
  assert.ok(calls > 2 * 130 * 0.9, `${calls} in 2 s, of 260`);
});

Deno.test("a cache that hangs holds nobody up for long, and keeps no statement", async () => {
  const town = createTown({ latencyMs: 50 });
  const process = town.process({ hangs: () => true });
  const ended: number[] = [];
  for (let n = 0; n < 12; n++) {
    const one = burst(town, process, 1);
    await town.run(1_200);
    ended.push(...one);
    // Longer than what was needed lately is kept.
    await town.run(2_500);
  }
  assert.equal(ended.length, 12);
  // One for each time that the cache was tried, each ended with its patience.
  assert.ok(town.seen.hanging.length <= 12, String(town.seen.hanging.length));
  await town.run(2_000);
  const open = town.seen.hanging.filter((limit) => !limit?.aborted);
  assert.equal(open.length, 0);
});

Deno.test("without a cache each process keeps the bound by itself, and shares again when it is back", async () => {
  const town = createTown();
  let isBroken = true;
  const all = Array.from(
    { length: 2 },
    () => town.process({ broken: () => isBroken }),
  );
  const ended = all.map((process) => burst(town, process, 200));
  await town.run(2_000);
  assert.equal(town.seen.most, 4);
  assert.ok(ended.flat().length >= 76);
  isBroken = false;
  await town.run(6_000);
  town.seen.most = 0;
  await town.run(2_000);
  assert.equal(town.seen.most, 2);
  await town.run(20_000);
  assert.equal(ended.flat().length, 400);
});

Deno.test("nothing is asked and no timer runs when nobody has called for seconds", async () => {
  const town = createTown();
  const process = town.process();
  burst(town, process, 5);
  await town.run(10_000);
  const before = town.seen.reads;
  await town.run(600_000);
  assert.equal(town.seen.reads, before);
});

Deno.test("who leaves the line is not called for, and takes nobody's place", async () => {
  const town = createTown();
  const process = town.process();
  burst(town, process, 2);
  await town.run(10);
  const leaving = new AbortController();
  const left = town.call(process, {
    priority: "person",
    signal: leaving.signal,
  }).catch((error) => error.message);
  const ended = burst(town, process, 2);
  await town.run(10);
  leaving.abort(new Error("left"));
  assert.equal(await left, "left");
  await town.run(250);
  assert.equal(ended.length, 2);
  assert.equal(town.seen.calls, 4);
});

for (const pauseMs of [12, 14, 16]) {
  Deno.test(`who calls again and again, ${pauseMs} ms apart, at the edge of the pace, is never forgotten`, async () => {
    const town = createTown({ latencyMs: 0, seed: pauseMs });
    const random = seededRandom(pauseMs);
    const process = town.process({ cacheMs: 8 });
    let calls = 0;
    const work = async () => {
      for (;;) {
        await town.call(process, { priority: "night", parallel: 2 });
        calls++;
        await town.sleep(pauseMs * (0.5 + random()));
      }
    };
    for (const _ of [1, 2]) void work();
    for (let minute = 0; minute < 10; minute++) {
      const before = calls;
      await town.run(60_000);
      assert.ok(calls - before > 5_000, `${calls - before} in a minute`);
    }
  });
}
