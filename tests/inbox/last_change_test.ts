/**
 * The last of several changes is in the mirror, whenever the events come in
 * between reading and settling, however late WeCom shows it, and whoever's clock
 * is ahead.
 */
import assert from "node:assert/strict";
import { findChat } from "../../lib/chats/mirror.ts";
import type { Inbox } from "../../lib/inbox/mod.ts";
import type { WorldEvent } from "../../lib/sandbox/mod.ts";
import { type Rig, unsettled, withInbox } from "./rig.ts";

/** At the beginning of a second. */
async function group(rig: Rig, customer: string, known = true) {
  rig.tick(1_000 - rig.now() % 1_000);
  rig.world.settings.lagMs = 0;
  const chatId = rig.world.staffCreatesChat({
    userId: "d1",
    groupName: "旧",
    userIds: ["p1"],
    externalUserIds: [customer],
  });
  if (known) {
    await rig.deliver(rig.events.slice(-1));
    await rig.later(5_000);
    assert.equal(await unsettled(rig.sql), 0);
  }
  return chatId;
}

function rename(rig: Rig, chatId: string, name: string): WorldEvent {
  rig.world.chatRenamed({ chatId, name });
  return rig.events.at(-1) ?? assert.fail("nothing was told");
}

async function assertName(
  rig: Rig,
  chatId: string,
  name: string,
  message?: string,
) {
  assert.equal((await findChat(rig.sql, chatId))?.name, name, message);
}

/** Everything that waits is worked off, by this instance. */
async function drain(rig: Rig, worker: Inbox): Promise<void> {
  for (let turn = 0; turn < 160; turn++) {
    await worker.workOff();
    if (await unsettled(rig.sql) === 0) return;
    rig.tick(500);
  }
  assert.fail("It is never settled");
}

interface Two {
  rig: Rig;
  worker: Inbox;
  first: WorldEvent;
  /** The moment of the second change; the clock stands at the first's. */
  second(): WorldEvent;
}

/** When the second of two equal events comes. */
const MOMENTS: Record<string, (two: Two) => Promise<void>> = {
  async "with the first, in one statement"({ rig, first, second }) {
    const late = second();
    await Promise.all([rig.deliver([first]), rig.deliver([late])]);
  },
  async "before the first is due"({ rig, worker, first, second }) {
    await rig.deliver([first]);
    await rig.deliver([second()]);
    await worker.workOff();
  },
  async "when the first is due"({ rig, first, second }) {
    await rig.deliver([first]);
    const late = second();
    rig.tick(1_200);
    await rig.deliver([late]);
  },
  async "when the first is taken up"({ rig, worker, first, second }) {
    await rig.deliver([first]);
    const late = second();
    rig.tick(1_200);
    rig.meanwhile = { asked: () => rig.deliver([late]) };
    await worker.workOff();
    rig.meanwhile = {};
    await rig.deliver([late]);
  },
  async "when the first has been read"({ rig, worker, first, second }) {
    await rig.deliver([first]);
    const late = second();
    rig.tick(1_200);
    rig.meanwhile = { answered: () => rig.deliver([late]) };
    await worker.workOff();
    rig.meanwhile = {};
    await rig.deliver([late]);
  },
  async "when the first has been read once"({ rig, worker, first, second }) {
    await rig.deliver([first]);
    const late = second();
    rig.tick(1_200);
    await worker.workOff();
    await rig.deliver([late]);
  },
  async "when the first is settled"({ rig, worker, first, second }) {
    await rig.deliver([first]);
    const late = second();
    await drain(rig, worker);
    await rig.deliver([late]);
  },
  async "long after the first is settled"({ rig, worker, first, second }) {
    await rig.deliver([first]);
    const late = second();
    await drain(rig, worker);
    rig.tick(120_000);
    await rig.deliver([late]);
  },
};

const CLOCKS = { "the same clock": 0, "a clock that is ahead": 5_000 };

for (const [moment, come] of Object.entries(MOMENTS)) {
  for (const [clock, ahead] of Object.entries(CLOCKS)) {
    Deno.test(`of two names given within one second the last one stays, told ${moment}, with ${clock}`, async () => {
      await withInbox(async (rig, { c1 }) => {
        const worker = ahead ? rig.another(ahead) : rig.inbox;
        for (const lagMs of [0, 1_500, 2_400, 4_000]) {
          const chatId = await group(rig, c1);
          rig.world.settings.lagMs = lagMs;
          const first = rename(rig, chatId, "一");
          await come({
            rig,
            worker,
            first,
            second() {
              rig.tick(900);
              assert.deepEqual(rename(rig, chatId, "二"), first);
              return first;
            },
          });
          await drain(rig, worker);
          await assertName(rig, chatId, "二", `shown ${lagMs} ms late`);
        }
      });
    });
  }
}
Deno.test("a new name that WeCom shows late is not lost to an instance whose clock is ahead", async () => {
  await withInbox(async (rig, { c1 }) => {
    const chatId = await group(rig, c1);
    rig.world.settings.lagMs = 1_500;
    await rig.deliver([rename(rig, chatId, "新")]);
    rig.tick(1_100);
    await drain(rig, rig.another(5_000));
    await assertName(rig, chatId, "新");
  });
});

Deno.test("the new name of a group that the mirror does not know is not settled by an answer that lags", async () => {
  await withInbox(async (rig, { c1 }) => {
    const chatId = await group(rig, c1, false);
    rig.tick(20_000);
    rig.world.settings.lagMs = 4_000;
    await rig.deliver([rename(rig, chatId, "新")]);
    await rig.later(2_500);
    await assertName(rig, chatId, "旧");
    assert.equal(await unsettled(rig.sql), 1);
    await drain(rig, rig.inbox);
    await assertName(rig, chatId, "新");
  });
});

Deno.test("a new name is not taken for shown with the arrival of the same second", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = await group(rig, c1);
    rig.world.settings.lagMs = 2_300;
    rig.world.staffInvitesCustomer({
      chatId,
      userId: "d1",
      externalUserId: c2,
    });
    rig.tick(900);
    rename(rig, chatId, "新");
    assert.equal(await rig.deliver(rig.events.slice(-2)), 2);
    await rig.later(2_000);
    await assertName(rig, chatId, "旧");
    await drain(rig, rig.inbox);
    await assertName(rig, chatId, "新");
  });
});

Deno.test("the last name stays when the event of the one before is lost, late or doubled", async () => {
  const orders: ((before: WorldEvent, last: WorldEvent) => WorldEvent[])[] = [
    (_, last) => [last],
    (before, last) => [last, before],
    (before, last) => [last, before, last],
  ];
  for (const order of orders) {
    await withInbox(async (rig, { c1 }) => {
      const chatId = await group(rig, c1);
      rig.world.settings.lagMs = 3_500;
      const before = rename(rig, chatId, "一");
      rig.tick(1_000);
      const [last, ...others] = order(before, rename(rig, chatId, "二"));
      assert.ok(last);
      await rig.deliver([last]);
      await rig.later(3_000);
      await assertName(rig, chatId, "一");
      await rig.deliver(others);
      await drain(rig, rig.inbox);
      await assertName(rig, chatId, "二");
    });
  }
});
