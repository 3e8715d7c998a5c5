/**
 * Comings and goings of one customer that arrive in disorder, late or never: what
 * is recorded follows from what the events prove, not from when they came.
 */
import assert from "node:assert/strict";
import type { WorldEvent } from "../../lib/sandbox/mod.ts";
import {
  invite,
  type Rig,
  settledGroup,
  stays,
  unsettled,
  withInbox,
} from "./rig.ts";

const MINUTE = 60_000;

async function settle(rig: Rig): Promise<void> {
  for (let turn = 0; turn < 90; turn++) {
    await rig.later(1_000);
    if (await unsettled(rig.sql) === 0) return;
  }
  assert.fail("Something is left to do");
}

/** Seconds after the start; how each ended. */
const of = async (rig: Rig, chatId: string, id: string) =>
  (await stays(rig.sql, chatId)).filter(([memberId]) => memberId === id)
    .map(([, ...stay]) => stay);

/** What happens, as the events that tell of it; nothing is delivered yet. */
function during(rig: Rig, happens: () => void): WorldEvent[] {
  const from = rig.events.length;
  happens();
  return rig.events.slice(from);
}

const LATE = [1_000, 5_000, MINUTE, 31 * MINUTE];

for (const lateMs of LATE) {
  Deno.test(`a stay within one second is recorded when its arrival comes ${lateMs / 1_000} s after its end`, async () => {
    await withInbox(async (rig, { c1, c2 }) => {
      const chatId = await settledGroup(rig, [c1]);
      rig.tick(5_000);
      const [arrival, end] = during(rig, () => {
        invite(rig, chatId, c2);
        rig.world.memberRemoved({ chatId, id: c2 });
      });
      assert.ok(arrival && end);
      await rig.deliver([end]);
      for (let ms = 0; ms < Math.min(lateMs, 20_000); ms += 1_000) {
        await rig.later(1_000);
      }
      rig.tick(Math.max(0, lateMs - 20_000));
      await rig.deliver([arrival]);
      await settle(rig);
      assert.deepEqual(await of(rig, chatId, c2), [[15, 15, "removed"]]);
    });
  });

  Deno.test(`who left and came back within one second has two stays when the end comes ${lateMs / 1_000} s late`, async () => {
    await withInbox(async (rig, { c1 }) => {
      const chatId = await settledGroup(rig, [c1]);
      rig.tick(5_000);
      const [end, arrival] = during(rig, () => {
        rig.world.memberLeaves({ chatId, id: c1 });
        invite(rig, chatId, c1);
      });
      assert.ok(arrival && end);
      await rig.deliver([arrival]);
      for (let ms = 0; ms < Math.min(lateMs, 20_000); ms += 1_000) {
        await rig.later(1_000);
      }
      rig.tick(Math.max(0, lateMs - 20_000));
      await rig.deliver([end]);
      await settle(rig);
      const [first, second, ...more] = await of(rig, chatId, c1);
      assert.deepEqual(first, [0, 15, "left"]);
      // Exactly, or assumed to be just before it.
      assert.equal(Math.ceil(Number(second?.[0])), 15);
      assert.equal(second?.[1], null);
      assert.deepEqual(more, []);
    });
  });
}

const LOST: [name: string, told: number[], stays: unknown[]][] = [
  ["the first and the last", [1], [[0, 40, null], [40, "later", null]]],
  ["the first", [1, 2], [[0, 40, null], [40, 70, "left"]]],
  ["the last", [0, 1], [[0, 20, "left"], [40, "later", null]]],
  ["none", [0, 1, 2], [[0, 20, "left"], [40, 70, "left"]]],
];

for (const [name, told, expected] of LOST) {
  for (const order of ["in order", "reversed"]) {
    Deno.test(`who left, came and left again has two stays though ${name} of the events got lost, ${order}`, async () => {
      await withInbox(async (rig, { c1 }) => {
        const chatId = await settledGroup(rig, [c1]);
        const happened = during(rig, () => {
          rig.tick(10_000);
          rig.world.memberLeaves({ chatId, id: c1 });
          rig.tick(20_000);
          invite(rig, chatId, c1);
          rig.tick(30_000);
          rig.world.memberLeaves({ chatId, id: c1 });
          rig.tick(5_000);
        });
        const heard = told.flatMap((index) => happened[index] ?? []);
        if (order === "reversed") heard.reverse();
        for (const event of heard) {
          await rig.deliver([event]);
          await settle(rig);
        }
        const found = (await of(rig, chatId, c1)).map(([from, to, scene]) => [
          from,
          Number(to) > 75 ? "later" : to,
          scene,
        ]);
        assert.deepEqual(found, expected);
      });
    });
  }
}

for (const order of ["in order", "reversed"]) {
  Deno.test(`who came, left unheard and came back three seconds later has two stays, as versions prove, ${order}`, async () => {
    await withInbox(async (rig, { c1 }) => {
      const chatId = await settledGroup(rig, [c1]);
      rig.tick(5_000);
      const heard = during(rig, () => {
        rig.world.staffAddsMembers({ chatId, userId: "d1", userIds: ["x1"] });
      });
      rig.world.memberRemoved({ chatId, id: "x1" });
      rig.tick(3_000);
      // Told as a rename, and names nobody.
      heard.push(...during(rig, () => {
        const name = "一起改的";
        const userIds = ["x1"];
        rig.world.chatChangedTogether({ chatId, userId: "d1", name, userIds });
      }));
      if (order === "reversed") heard.reverse();
      for (const event of heard) {
        await rig.deliver([event]);
        await settle(rig);
      }
      const [first, second, ...more] = await of(rig, chatId, "x1");
      // Exactly, or assumed to be just before it.
      assert.equal(Math.ceil(Number(first?.[0])), 15);
      assert.deepEqual(first?.slice(1), [18, null]);
      assert.deepEqual([second, more], [[18, null, null], []]);
    });
  });
}
