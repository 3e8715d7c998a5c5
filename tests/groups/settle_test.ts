/** Settling where a look at WeCom does not show everything. */
import assert from "node:assert/strict";
import type { Ground } from "../../lib/groups/ground.ts";
import { settle } from "../../lib/groups/settle.ts";
import { wasLookedSinceItsEnd } from "../../lib/groups/intent.ts";
import { memoryGround } from "./worlds/memory_ground.ts";
import { recordOf } from "./worlds/ways.ts";
import { copyOf, NOW, type World, worldOf } from "./worlds/world.ts";

/** A world whose first order is bound by one look. */
function clearWorld(): World {
  const world = worldOf(CLEAR_SEED);
  return copyOf(world);
}

const CLEAR_SEED = await findClearSeed();

async function findClearSeed(): Promise<number> {
  for (let seed = 1; seed < 1_000; seed++) {
    const world = worldOf(seed);
    if (world.orders.length > 1) continue;
    await settle(memoryGround(world), "O1", { via: "page", since: NOW });
    if (recordOf(world).startsWith("O1 has wr")) return seed;
  }
  throw new Error("No world of the generator is clear");
}

/** As when an owner has more groups than a look has time for. */
function cut(ground: Ground): Ground {
  return {
    ...ground,
    async look(owner, since) {
      await ground.look(owner, since);
      return { complete: false };
    },
  };
}

Deno.test("A look that was cut binds nothing: there may be another group that fits", async () => {
  const world = clearWorld();
  const ground = memoryGround(world);
  await settle(cut(ground), "O1", { via: "page", since: NOW });
  assert.equal(recordOf(world), "O1 has none");
  // The next one comes to the end of the list.
  await settle(ground, "O1", { via: "page", since: NOW });
  assert.match(recordOf(world), /^O1 has wr/);
});

Deno.test("A look that was cut is a look all the same: it locks nobody out", async () => {
  const world = clearWorld();
  await settle(cut(memoryGround(world)), "O1", {
    via: "preview",
    anew: { by: "colleague" },
  });
  const newest = world.intents.at(-1);
  assert.ok(newest && wasLookedSinceItsEnd(newest, NOW));
});

Deno.test("Who would make a group anew is asked about the one that a look found before it was cut", async () => {
  const world = clearWorld();
  const newest = world.intents.at(-1);
  assert.ok(newest);
  Object.assign(newest, {
    state: "launched",
    launchedAt: newest.createdAt,
    expiresAt: new Date(NOW + 60_000),
  });
  const look = async (by: string) => {
    const ground = cut(memoryGround(world));
    await settle(ground, "O1", { via: "preview", anew: { by } });
    return recordOf(world);
  };
  assert.equal(await look("colleague"), "O1 has none");
  assert.match(await look(newest.createdBy), /^O1 asks wr/);
});

Deno.test("What is asked of WeCom and fails is not taken for an answer", async () => {
  const world = clearWorld();
  const ground = memoryGround(world);
  const down: Ground = {
    ...ground,
    look: () => Promise.reject(new Error("out of reach")),
  };
  await assert.rejects(settle(down, "O1", { via: "page", since: NOW }));
  const newest = world.intents.at(-1);
  assert.equal(newest?.missedAt, null);
  assert.equal(recordOf(world), "O1 has none");
});
