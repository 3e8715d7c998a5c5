/** The storm at a size for every run; the full one is `tests/bench/events.ts`. */
import assert from "node:assert/strict";
import { ORIGIN, withApp } from "../support/app.ts";
import { storm, stormEnv } from "./storm.ts";
import { stormWorld } from "./storm_world.ts";

Deno.test("in a storm with repetitions, disorder and forgeries each real event counts once", async () => {
  await withApp({ env: stormEnv, seed: stormWorld }, async (app) => {
    const result = await storm(app, {
      events: 300,
      post: (url, init) => app.handler(new Request(url, init)),
      url: `${ORIGIN}/api/wecom/callback`,
      atOnce: 6,
      seed: 3,
    });
    assert.deepEqual(result.wrong, {});
    assert.ok(result.forged > 10);
    assert.ok(result.sent > result.distinct * 1.2, "some came twice");
    assert.equal(result.stored, result.distinct);
    assert.equal(result.settled, result.distinct);
    const { expected, found } = result.transfersTold;
    assert.equal(found, expected);
    assert.deepEqual(result.differences, []);
  });
});
