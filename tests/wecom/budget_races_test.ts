/** The bound holds whatever crosses: calls and what is written, comings and goings. */
import assert from "node:assert/strict";
import { CODE } from "../../lib/wecom/mod.ts";
import { PRIORITIES } from "../../lib/wecom/priority.ts";
import { seededRandom } from "../../lib/sandbox/ids.ts";
import { createTown } from "./budget_support.ts";

Deno.test("a place that is being given back is not used meanwhile", async () => {
  const town = createTown({ latencyMs: 400 });
  const [some, many] = [0, 1].map(() => town.process({ cacheMs: 60 }));
  assert.ok(some && many);
  for (let n = 0; n < 2_000; n++) {
    void town.call(many, { priority: "person" });
  }
  for (let n = 0; n < 200; n++) {
    void town.call(some, { priority: "person" });
    await town.run(450 + n * 37 % 300);
  }
  assert.equal(town.seen.most, 2);
});

Deno.test("a process that rests and comes back is not taken for dead", async () => {
  const town = createTown({ latencyMs: 400 });
  const [one, other] = [town.process(), town.process()];
  for (let turn = 0; turn < 60; turn++) {
    for (let n = 0; n < 8; n++) void town.call(one, { priority: "person" });
    await town.run(turn * 53 % 900);
    void town.call(other, { priority: "person" });
    await town.run(20_000);
  }
  assert.equal(town.seen.most, 2);
  assert.equal(town.seen.calls, 60 * 9);
});

for (const seed of [1, 2, 3, 4]) {
  Deno.test(`whoever comes and leaves, no more run than may, and nobody is forgotten (${seed})`, async () => {
    const random = seededRandom(seed);
    const parallel = 3;
    const town = createTown({ seed, latencyMs: 40 });
    const all = Array.from(
      { length: 5 },
      () => town.process({ cacheMs: 3 + random() * 20 }),
    );
    const one = <T>(list: readonly T[]) =>
      list[Math.floor(random() * list.length)];
    let begun = 0;
    let ended = 0;
    for (let step = 0; step < 300; step++) {
      const process = one(all);
      const priority = one(PRIORITIES);
      assert.ok(process && priority);
      const count = random() < 0.05 ? 30 : 1;
      for (let n = 0; n < count; n++) {
        const leaving = new AbortController();
        const { signal } = leaving;
        const call = { priority, parallel, signal };
        begun++;
        void town.call(process, call).catch(() => {}).finally(() => ended++);
        if (random() < 0.4) {
          town.startTimer(random() * 300, () => leaving.abort());
        }
      }
      if (random() < 0.01) {
        const code = random() < 0.5
          ? CODE.RATE_LIMITED
          : CODE.TOO_MANY_PARALLEL;
        process.budget.refused({ name: "api", parallel }, code);
      }
      await town.run(random() * (random() < 0.1 ? 3_000 : 60));
    }
    assert.ok(town.seen.most <= parallel, `${town.seen.most} at once`);
    await town.run(60_000);
    assert.equal(ended, begun);
  });
}
