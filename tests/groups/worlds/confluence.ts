/** Runs a world's ways back in several orders, and compares what is recorded. */
import { diceOf } from "./dice.ts";
import { memoryGround } from "./memory_ground.ts";
import {
  callbackAsItWas,
  pageAsItWas,
  recordOf,
  walk,
  type Way,
  waysOf,
} from "./ways.ts";
import { copyOf, type World, worldOf } from "./world.ts";

/** A way that decides as it did before there was one decision. */
export type Plant = "callback" | "page";

const ORDERS = 3;

/** null: all orders of the ways end in the same record; else what differs. */
export async function contradiction(
  seed: number,
  plant?: Plant,
): Promise<string | null> {
  const world = worldOf(seed);
  const dice = diceOf(seed + 7);
  let first: { ways: Way[]; record: string } | null = null;
  for (let turn = 0; turn < ORDERS; turn++) {
    const ways = dice.shuffled(waysOf(world));
    const record = await run(copyOf(world), ways, plant);
    first ??= { ways, record };
    if (record !== first.record) {
      return [
        `${show(first.ways)} → ${first.record}`,
        `${show(ways)} → ${record}`,
      ].join("\n");
    }
  }
  return null;
}

async function run(
  world: World,
  ways: readonly Way[],
  plant?: Plant,
): Promise<string> {
  const ground = memoryGround(world);
  for (const way of ways) {
    if (plant === "callback" && way.kind === "callback") {
      await callbackAsItWas(world, ground, way.chatId);
    } else if (plant === "page" && way.kind === "page") {
      await pageAsItWas(world, ground, way.orderId);
    } else await walk(world, ground, way);
  }
  return recordOf(world);
}

function show(ways: readonly Way[]): string {
  return ways.map((way) => {
    const of = "orderId" in way
      ? way.orderId
      : "chatId" in way
      ? way.chatId
      : "";
    return `${way.kind} ${of}`.trim();
  }).join(", ");
}
