/** What becomes of a creation with a second colleague, and of one without. */
import assert from "node:assert/strict";
import { company, type Scene, set } from "./two_people.ts";

interface Begun {
  intentId: string;
  groupName: string;
  userIds: string[];
  externalUserIds: string[];
}

async function begin({ app, who }: Scene, over: Record<string, unknown> = {}) {
  const wish = { orderId: "O1", customerExternalUserId: who[0], ...over };
  await app.as("d1").flow("group.preview", wish);
  const attempt = `page-${JSON.stringify(over)}`.slice(0, 60);
  const { data, status } = await app.as("d1").flow("group.prepare", {
    ...wish,
    attempt,
  });
  assert.equal(status, 200, JSON.stringify(data));
  return data as unknown as Begun;
}

Deno.test("The group with the second colleague is the order's, and they may go", () =>
  company({}, async (scene) => {
    const { app, clock } = scene;
    await set(scene, { secondColleague: "op" });
    const { intentId, groupName, userIds, externalUserIds } = await begin(
      scene,
    );
    const chatId = app.sandbox.world.staffCreatesChat({
      userId: "d1",
      groupName,
      userIds,
      externalUserIds,
    });
    clock.now += 5_000;
    const input = { orderId: "O1", intentId, chatId };
    const recorded = await app.as("d1").flow("group.record", input);
    assert.equal(recorded.data.status, "active", JSON.stringify(recorded));
    const missing = async () => {
      clock.now += 60_000;
      const { data } = await app.as("d1").flow("group.get", { orderId: "O1" });
      return data.missing;
    };
    assert.equal(await missing(), undefined);
    app.sandbox.world.memberLeaves({ chatId, id: "op" });
    assert.equal(await missing(), undefined, "not on the order");
  }));

Deno.test("Who changes the second colleague on the same page gets a creation with the new one", () =>
  company({}, async (scene) => {
    const { app, who } = scene;
    const prepare = async (secondColleague?: string | null) => {
      const { data } = await app.as("d1").flow("group.prepare", {
        orderId: "O1",
        customerExternalUserId: who[0],
        attempt: "page-1",
        ...(secondColleague !== undefined && { secondColleague }),
      });
      return data as unknown as Begun;
    };
    const first = await prepare();
    assert.deepEqual(first.userIds, ["d1"]);
    assert.equal((await prepare()).intentId, first.intentId);
    await app.as("d1").flow("group.preview", {
      orderId: "O1",
      customerExternalUserId: who[0],
      secondColleague: "p1",
    });
    const second = await prepare("p1");
    assert.notEqual(second.intentId, first.intentId);
    assert.deepEqual(second.userIds, ["d1", "p1"]);
    assert.equal((await prepare("p1")).intentId, second.intentId);
  }));

Deno.test("Of two people and no group nobody searches for long: it is told why, and how to go on", () =>
  company({}, async (scene) => {
    const { app, clock } = scene;
    const report = async (intentId: string) => {
      const input = { orderId: "O1", intentId };
      const { data } = await app.as("d1").flow("group.record", input);
      assert.equal(data.status, "searching");
    };
    const later = async () => {
      clock.now += 130_000;
      const answer = await app.as("d1").flow("group.get", { orderId: "O1" });
      return answer;
    };
    const alone = await begin(scene);
    await report(alone.intentId);
    const ended = await later();
    assert.equal(ended.error, "GROUP_NOT_FOUND", JSON.stringify(ended));
    assert.match(ended.msg ?? "", /单聊.*再加一位同事/);
    const { reason } = ended.details as { reason: string };
    assert.equal(reason, "not_found_in_time");
    // With a second one it is a group that WeCom may be slow to show.
    const two = await begin(scene, { secondColleague: "p1" });
    assert.deepEqual(two.userIds, ["d1", "p1"]);
    await report(two.intentId);
    assert.equal((await later()).data.status, "searching");
  }));

Deno.test("A group of two people that WeCom does show is found all the same", () =>
  company({}, async (scene) => {
    const { app, clock } = scene;
    const { intentId, groupName, externalUserIds } = await begin(scene);
    const chatId = app.sandbox.world.staffCreatesChat({
      userId: "d1",
      groupName,
      userIds: [],
      externalUserIds,
    });
    const input = { orderId: "O1", intentId };
    await app.as("d1").flow("group.record", input);
    clock.now += 10_000;
    const { data } = await app.as("d1").flow("group.get", { orderId: "O1" });
    assert.deepEqual([data.status, data.chatId], ["active", chatId]);
  }));
