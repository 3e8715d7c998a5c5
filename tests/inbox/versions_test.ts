/** Groups whose versions stay, come back, or are told of several changes at once. */
import assert from "node:assert/strict";
import { findChat } from "../../lib/chats/mirror.ts";
import { leads, placesOf } from "../../lib/inbox/versions.ts";
import {
  invite,
  type Rig,
  settledGroup,
  stays,
  unsettled,
  withInbox,
} from "./rig.ts";

const change = (from: string | null, to: string | null) => ({
  at: 0,
  lastMemberVersion: from,
  memberVersion: to,
});

Deno.test("changes lead from one version to another, however many there are, and never without end", () => {
  const chain = [change("A", "B"), change("B", "C"), change("C", "B")];
  assert.equal(leads(chain, "A", "C"), true);
  assert.equal(leads(chain, "C", "A"), false);
  assert.equal(leads(chain, "C", "C"), true);
  assert.equal(leads([], "A", "B"), false);
  assert.equal(leads([change("A", null)], "A", "B"), false);
});

/** `A>B 5`: from version A to B, at 5 s; answers the order of those with a place. */
function placed(...changes: string[]): string[] {
  const known = changes.map((text) => {
    const [versions = "", at] = text.split(" ");
    const [from = "", to = ""] = versions.split(">");
    const told = {
      ...change(from || null, to || null),
      at: Number(at) * 1_000,
    };
    return { ...told, eventId: text };
  });
  return [...placesOf(known)].sort(([, a], [, b]) => a.index - b.index)
    .map(([eventId]) => eventId);
}

const PLACES: [name: string, changes: string[], order: string[]][] = [
  ["a chain, told in disorder", ["B>C 5", "A>B 5"], ["A>B 5", "B>C 5"]],
  ["seconds apart they need no place", ["B>C 6", "A>B 5"], []],
  ["two that do not chain", ["A>B 5", "C>D 5"], []],
  ["without versions", [">B 5", "A>B 5"], []],
  ["a ring alone", ["A>B 5", "B>A 5"], []],
  ["a ring that goes on from before", ["B>A 5", "A>B 5", "Z>A 3"], [
    "A>B 5",
    "B>A 5",
  ]],
  ["a ring that leads to what came after", ["B>A 5", "A>B 5", "B>C 9"], [
    "B>A 5",
    "A>B 5",
  ]],
];

for (const [name, changes, order] of PLACES) {
  Deno.test(`which change of a second came first: ${name}`, () => {
    assert.deepEqual(placed(...changes), order);
  });
}

/** Seconds until nothing is left to do. */
async function settledAfter(rig: Rig): Promise<number> {
  for (let seconds = 1; seconds < 100; seconds++) {
    await rig.later(1_000);
    if (await unsettled(rig.sql) === 0) return seconds;
  }
  return Infinity;
}

async function present(rig: Rig, chatId: string) {
  return (await stays(rig.sql, chatId)).filter((stay) => stay[2] === null)
    .map(([id]) => id).sort();
}

Deno.test("a rename whose versions are equal is settled like any other, and so is what comes next", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = await settledGroup(rig, [c1]);
    rig.world.chatRenamed({ chatId, name: "新名字" });
    const renamed = rig.events.at(-1);
    assert.ok(renamed && "lastMemVer" in renamed);
    assert.equal(renamed.lastMemVer, renamed.curMemVer);
    await rig.deliver();
    assert.ok(await settledAfter(rig) <= 10);
    assert.equal((await findChat(rig.sql, chatId))?.name, "新名字");
    invite(rig, chatId, c2);
    await rig.deliver();
    assert.ok(await settledAfter(rig) <= 10);
    rig.world.chatRenamed({ chatId, name: "又一个" });
    await rig.deliver();
    assert.ok(await settledAfter(rig) <= 10);
    assert.deepEqual(await present(rig, chatId), ["d1", "p1", c1, c2].sort());
  });
});

Deno.test("a version that comes back with the people holds nothing up, and both stays are kept", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = await settledGroup(rig, [c1, c2]);
    rig.world.memberLeaves({ chatId, id: c2 });
    rig.tick(7_000);
    invite(rig, chatId, c2);
    const [gone, back] = rig.events.slice(-2);
    assert.ok(gone && back && "curMemVer" in back && "lastMemVer" in gone);
    assert.equal(gone.lastMemVer, back.curMemVer);
    await rig.deliver([back]);
    await rig.later(3_000);
    await rig.deliver([gone]);
    assert.ok(await settledAfter(rig) <= 10);
    rig.world.chatRenamed({ chatId, name: "新名字" });
    await rig.deliver(rig.events.slice(-1));
    assert.ok(await settledAfter(rig) <= 10);
    assert.equal((await findChat(rig.sql, chatId))?.name, "新名字");
    assert.deepEqual(
      (await stays(rig.sql, chatId)).filter(([id]) => id === c2),
      [[c2, 0, 10, "left"], [c2, 17, null, null]],
    );
  });
});

Deno.test("a lost event that brought a version back holds the group up for a minute at most", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = await settledGroup(rig, [c1]);
    invite(rig, chatId, c2);
    rig.tick(1_000);
    // That the guest left again is never told.
    rig.world.memberRemoved({ chatId, id: c2 });
    await rig.deliver(rig.events.slice(-2, -1));
    assert.ok(await settledAfter(rig) <= 75);
    rig.world.chatRenamed({ chatId, name: "新名字" });
    await rig.deliver(rig.events.slice(-1));
    assert.ok(await settledAfter(rig) <= 10, "and what comes next not at all");
    assert.deepEqual(await present(rig, chatId), ["d1", "p1", c1].sort());
  });
});

Deno.test("of a rename and people who join, told as one event, all is in the record, also when WeCom lags", async () => {
  for (const lagMs of [0, 1_500, 4_000]) {
    await withInbox(async (rig, { c1 }) => {
      rig.world.staffJoins({ userId: "p2", name: "小赵" });
      rig.world.staffJoins({ userId: "p3", name: "小钱" });
      const chatId = await settledGroup(rig, [c1]);
      rig.world.settings.lagMs = lagMs;
      rig.world.chatChangedTogether({
        chatId,
        userId: "d1",
        name: "新名字",
        userIds: ["p2", "p3"],
      });
      await rig.deliver();
      assert.ok(await settledAfter(rig) <= 15);
      assert.equal((await findChat(rig.sql, chatId))?.name, "新名字");
      assert.deepEqual(
        await present(rig, chatId),
        ["d1", "p1", "p2", "p3", c1].sort(),
      );
    });
  }
});
