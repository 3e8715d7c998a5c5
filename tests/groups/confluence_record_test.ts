/**
 * The worlds of `confluence_test.ts` on the real parts: the product's own ways
 * back, over a database and a WeCom on the wire, end in the record that the ways
 * in memory end in, in whatever order they come.
 */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { diceOf } from "./worlds/dice.ts";
import { memoryGround } from "./worlds/memory_ground.ts";
import { partsOf, recordReally, store, walkReally } from "./worlds/real.ts";
import { recordOf, walk, waysOf } from "./worlds/ways.ts";
import { copyOf, worldOf } from "./worlds/world.ts";

const WORLDS = 20;

Deno.test("The ways back over a real database end in the record that they end in by the rules", () =>
  withDatabase(async ({ sql }) => {
    for (let seed = 1; seed <= WORLDS; seed++) {
      const world = worldOf(seed);
      const expected = copyOf(world);
      const ground = memoryGround(expected);
      for (const way of waysOf(expected)) await walk(expected, ground, way);
      await store(sql, world);
      const parts = partsOf(sql, world);
      const ways = diceOf(seed + 99).shuffled(waysOf(world));
      for (const way of ways) await walkReally(parts, world, way);
      const shown = ways.map((way) => way.kind).join(", ");
      assert.equal(
        await recordReally(sql, world),
        recordOf(expected),
        `world ${seed}: ${shown}`,
      );
    }
  }));
