/**
 * A group and a contact change at random while WeCom's answers lag, events come
 * late, twice, merged, in disorder or never, and three instances whose clocks
 * differ take them in and work them off in turns. Versions come back with the
 * people. Simulated time, so a seed is the same each run.
 */
import assert from "node:assert/strict";
import { findChat } from "../../lib/chats/mirror.ts";
import type { Inbox } from "../../lib/inbox/mod.ts";
import type { WorldEvent } from "../../lib/sandbox/mod.ts";
import { type Rig, START, stays, unsettled, withInbox } from "./rig.ts";
import { seeded } from "./storm_world.ts";

const SEEDS = 60;
const CHANGES = 12;
const SKEW_MS = 4_000;
const MOST_LAG_MS = 4_000;

interface Scene {
  rig: Rig;
  random: () => number;
  instances: readonly Inbox[];
  chatId: string;
  /** In and out of the group. */
  guest: string;
  /** Older events do not say which version they made. */
  versions: boolean;
  /** The share of events that never come. */
  lost: number;
  /** Events that were sent, by their contents. */
  told: Set<string>;
  coming: { at: number; event: WorldEvent }[];
}

const any = <T>(random: () => number, all: readonly T[]): T =>
  all[Math.floor(random() * all.length)] ?? assert.fail("nothing to choose");

/** One thing that somebody does; throws when it cannot be done. */
function change({ rig: { world }, random, chatId, guest }: Scene, nth: number) {
  const draw = random();
  if (draw < 0.3) world.chatRenamed({ chatId, name: `名${nth}` });
  else if (draw < 0.34) {
    const userIds = [any(random, ["p1", "p2"])];
    world.chatChangedTogether({
      chatId,
      userId: "d1",
      name: `合${nth}`,
      userIds,
    });
  } else if (draw < 0.38) {
    world.ownerChanged({ chatId, owner: any(random, ["d1", "p1"]) });
  } else if (draw < 0.6) {
    const who = { userId: "d1", externalUserId: guest };
    world.staffInvitesCustomer({ chatId, ...who });
  } else if (draw < 0.75) world.memberLeaves({ chatId, id: guest });
  else if (draw < 0.95) {
    const who = { userId: "d1", externalUserId: guest };
    world.staffEditsRemark({ ...who, remark: `备注${nth}` });
  } else if (nth > 8) world.chatDismissed({ chatId });
}

/** What was told since goes on its way; some of it twice. */
function send(scene: Scene): void {
  const { rig, random, versions, coming, lost, told } = scene;
  for (const event of rig.events.splice(0)) {
    if (random() < lost) continue;
    told.add(JSON.stringify(event));
    if (!versions && "chatId" in event) {
      delete event.lastMemVer;
      delete event.curMemVer;
    }
    coming.push({ at: rig.now() + random() * 1_500, event });
    if (random() < 0.3) {
      coming.push({ at: rig.now() + random() * 9_000, event });
    }
  }
}

async function beat({ rig, random, instances, coming }: Scene): Promise<void> {
  const due = coming.filter((one) => one.at <= rig.now());
  for (const one of due) {
    coming.splice(coming.indexOf(one), 1);
    await rig.deliver([one.event], any(random, instances));
  }
  if (random() < 0.6) await any(random, instances).workOff();
}

async function live(rig: Rig, instances: readonly Inbox[], seed: number) {
  const random = seeded(seed);
  const guest = rig.world.customerAppears({ name: "客人" });
  rig.world.staffAddsContact({ userId: "d1", externalUserId: guest });
  const chatId = rig.world.staffCreatesChat({
    userId: "d1",
    groupName: "旧",
    userIds: ["p1"],
    externalUserIds: [guest],
  });
  const coming: Scene["coming"] = [];
  const versions = random() < 0.7;
  const scene: Scene = {
    rig,
    random,
    instances,
    chatId,
    guest,
    versions,
    lost: random() < 0.3 ? 0.3 : 0,
    told: new Set(),
    coming,
  };
  const arrivals: number[] = [];
  for (let nth = 0; nth < CHANGES; nth++) {
    rig.tick(Math.floor(random() * 700));
    rig.world.settings.lagMs = Math.floor(random() * MOST_LAG_MS);
    try {
      change(scene, nth);
    } catch {
      // People try things that cannot be done.
    }
    const happened = rig.events.map((event) => ({
      event,
      text: JSON.stringify(event),
    }));
    send(scene);
    for (const { event, text } of happened) {
      if (
        scene.told.has(text) && "memChangeList" in event &&
        event.updateDetail === "add_member"
      ) arrivals.push(event.createTime - START / 1000);
    }
    await beat(scene);
  }
  endWithWord(scene);
  for (let turn = 0; turn < 400; turn++) {
    if (coming.length === 0 && await unsettled(rig.sql) === 0) break;
    rig.tick(500);
    await beat(scene);
  }
  await compare(scene, arrivals, `seed ${seed}`);
}

/** What was lost is known with the next event that comes. */
function endWithWord(scene: Scene): void {
  const { rig: { world }, chatId, guest } = scene;
  if (scene.lost === 0) return;
  scene.lost = 0;
  const who = { userId: "d1", externalUserId: guest };
  world.staffEditsRemark({ ...who, remark: "最后" });
  const gone = world.state.chats.get(chatId)?.dismissed;
  if (!gone) world.noticeChanged({ chatId, notice: "最后" });
  send(scene);
}

async function compare(
  { rig, chatId, guest }: Scene,
  arrivals: readonly number[],
  message: string,
): Promise<void> {
  const { sql, world } = rig;
  assert.equal(await unsettled(sql), 0, message);
  assert.deepEqual(await rig.inbox.listDead(), [], message);
  const [contact] = await sql<{ remark: string }[]>`
    select remark from contact_follow
    where wx_user_id = 'd1' and external_user_id = ${guest}`;
  const follow = world.state.follows.get("d1")?.get(guest);
  assert.equal(contact?.remark, follow?.remark, message);
  const chat = world.state.chats.get(chatId) ?? assert.fail("no group");
  const row = await findChat(sql, chatId);
  // A group that was dissolved before anybody could read it is none.
  if (chat.dismissed) return assert.ok(!row || row.dismissedAt, message);
  const history = await stays(sql, chatId);
  const present = history.filter((stay) => stay[2] === null);
  assert.deepEqual(
    [row?.name, row?.owner, present.map(([id]) => id).sort()],
    [chat.name, chat.owner, chat.members.map((one) => one.id).sort()],
    message,
  );
  for (const at of arrivals) {
    const stay = history.find(([id, from]) =>
      id === guest && Math.abs(Number(from) - at) <= 5
    );
    assert.ok(stay, `${message}: the stay from ${at} s is forgotten`);
  }
}

Deno.test("however changes, events, lags and instances meet, the mirror ends as the company is", async () => {
  await withInbox(async (rig) => {
    rig.world.staffJoins({ userId: "p2", name: "小赵" });
    const instances = [
      rig.inbox,
      rig.another(SKEW_MS),
      rig.another(-SKEW_MS),
    ];
    for (let seed = 0; seed < SEEDS; seed++) {
      await live(rig, instances, seed);
    }
  });
});
