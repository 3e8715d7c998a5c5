/** Groups over the wire: paging, lag, membership, transfers, codes. */
import assert from "node:assert/strict";
import { rig, smallWorld } from "./rig.ts";

const LIST = "externalcontact/groupchat/list";
const GET = "externalcontact/groupchat/get";
type GroupChat = {
  name: string;
  member_list: Record<string, unknown>[];
  member_version: string;
};

function withChats(count: number) {
  const small = smallWorld(2);
  const test = rig(small);
  const chats = Array.from(
    { length: count },
    (_, i) =>
      test.world.staffCreatesChat({
        userId: "d1",
        groupName: `群${i}`,
        userIds: ["p1"],
        externalUserIds: [small.ids[0] ?? ""],
      }),
  );
  return { ...test, chats, customers: small.ids };
}

Deno.test("250 groups come in pages in the order of their making", async () => {
  const { post, tick, chats } = withChats(250);
  tick(1500);
  const got: string[] = [];
  let cursor: unknown = "";
  let calls = 0;
  while (cursor !== undefined) {
    const answer = await post(LIST, { limit: 100, cursor });
    got.push(
      ...(answer["group_chat_list"] as { chat_id: string }[]).map((one) =>
        one.chat_id
      ),
    );
    cursor = answer["next_cursor"];
    calls += 1;
  }
  assert.deepEqual(got, chats);
  assert.equal(calls, 3);
});

Deno.test("a new group is unknown to the API until the lag is over", async () => {
  const { post, tick, chats: [chat_id] } = withChats(1);
  assert.equal((await post(GET, { chat_id })).errcode, 40050);
  assert.deepEqual((await post(LIST, { limit: 10 }))["group_chat_list"], []);
  tick(1499);
  assert.equal((await post(GET, { chat_id })).errcode, 40050);
  tick(1);
  assert.equal((await post(GET, { chat_id })).errcode, 0);
});

Deno.test("a change shows only after the lag, with a new member_version", async () => {
  const { post, tick, world, chats: [chatId = ""] } = withChats(1);
  tick(2000);
  const read = async () =>
    (await post(GET, { chat_id: chatId }))["group_chat"] as GroupChat;
  const before = await read();
  world.chatRenamed({ chatId, name: "新名字" });
  world.memberLeaves({ chatId, id: "p1" });
  assert.equal((await read()).name, "群0");
  assert.equal((await read()).member_list.length, 3);
  tick(1500);
  const after = await read();
  assert.equal(after.name, "新名字");
  assert.equal(after.member_list.length, 2);
  assert.notEqual(after.member_version, before.member_version);
});

Deno.test("members are described as WeCom does, names only on request", async () => {
  const { post, tick, customers, chats: [chat_id] } = withChats(1);
  tick(2000);
  const chat =
    (await post(GET, { chat_id, need_name: 1 }))["group_chat"] as GroupChat;
  const customer = chat.member_list.find((member) =>
    member["userid"] === customers[0]
  );
  assert.deepEqual(customer, {
    userid: customers[0],
    type: 2,
    join_time: 1795147200,
    join_scene: 1,
    invitor: { userid: "d1" },
    group_nickname: "",
    name: "客户0",
  });
  const bare = (await post(GET, { chat_id }))["group_chat"] as GroupChat;
  assert.ok(bare.member_list.every((member) => !("name" in member)));
});

Deno.test("dismissed, internal and invisible groups each have their code", async () => {
  const { post, tick, world, chats: [chatId = "", second = ""] } = withChats(2);
  const internal = world.staffCreatesChat({ userId: "d1", userIds: ["p1"] });
  world.chatDismissed({ chatId });
  tick(2000);
  assert.equal((await post(GET, { chat_id: chatId })).errcode, 49008);
  assert.equal((await post(GET, { chat_id: internal })).errcode, 90501);
  assert.equal((await post(GET, { chat_id: "wrNone" })).errcode, 40050);
  const listed = (await post(LIST, { limit: 10 }))["group_chat_list"];
  assert.deepEqual(listed, [{ chat_id: second, status: 0 }]);
  world.staffRights({ userId: "d1", visible: false });
  assert.equal((await post(GET, { chat_id: second })).errcode, 40050);
});

Deno.test("list wants a limit of 1 to 1000 and an owner filter above 1000 members", async () => {
  const { post } = rig({
    seed: { kind: "grown", designers: 1001, contacts: 0 },
  });
  assert.equal((await post(LIST, {})).errcode, 40058);
  assert.equal((await post(LIST, { limit: 1001 })).errcode, 40058);
  assert.equal((await post(LIST, { limit: 10 })).errcode, 81017);
  const owner_filter = { userid_list: ["d0001"] };
  assert.equal((await post(LIST, { limit: 10, owner_filter })).errcode, 0);
});

Deno.test("groups of someone who left wait, are found by name, and are handed on once", async () => {
  const { post, tick, world, chats } = withChats(2);
  tick(2000);
  const transfer = (body: Record<string, unknown>) =>
    post("externalcontact/groupchat/transfer", {
      chat_id_list: chats,
      new_owner: "p1",
      ...body,
    });
  const early = await transfer({});
  assert.equal(early.errcode, 0);
  const codes = (early["failed_chat_list"] as { errcode: number }[]).map((
    one,
  ) => one.errcode);
  assert.deepEqual(codes, [90500, 90500]);
  world.staffLeaves({ userId: "d1" });
  tick(2000);
  assert.deepEqual((await post(LIST, { limit: 10 }))["group_chat_list"], []);
  const owner_filter = { userid_list: ["d1"] };
  const waiting = await post(LIST, {
    limit: 10,
    owner_filter,
    status_filter: 1,
  });
  assert.equal((waiting["group_chat_list"] as unknown[]).length, 2);
  assert.deepEqual((await transfer({}))["failed_chat_list"], []);
  tick(2000);
  const mine = await post(LIST, {
    limit: 10,
    owner_filter: { userid_list: ["p1"] },
  });
  assert.deepEqual(
    mine["group_chat_list"],
    chats.map((chat_id) => ({ chat_id, status: 3 })),
  );
  assert.equal((await transfer({ new_owner: "d1" })).errcode, 60111);
  assert.equal((await transfer({ chat_id_list: [] })).errcode, 40058);
});

Deno.test("a serving owner hands a group on at most twice in 90 days", async () => {
  const { post, tick, chats } = withChats(1);
  const give = async (new_owner: string) => {
    const answer = await post("externalcontact/groupchat/onjob_transfer", {
      chat_id_list: chats,
      new_owner,
    });
    return (answer["failed_chat_list"] as { errcode: number }[])[0]?.errcode ??
      0;
  };
  assert.equal(await give("d1"), 90504);
  assert.equal(await give("p1"), 0);
  assert.equal(await give("d1"), 0);
  assert.equal(await give("p1"), 40128);
  tick(91 * 86_400_000);
  assert.equal(await give("p1"), 0);
});

Deno.test("a scanned group code brings the customer in with the code's state", async () => {
  const { post, tick, world, customers, chats: [chatId = ""] } = withChats(1);
  const made = await post("externalcontact/groupchat/add_join_way", {
    scene: 2,
    auto_create_room: 0,
    chat_id_list: [chatId],
    state: "order7",
  });
  const configId = String(made["config_id"]);
  const way = (await post("externalcontact/groupchat/get_join_way", {
    config_id: configId,
  }))[
    "join_way"
  ] as Record<string, unknown>;
  assert.equal(way["state"], "order7");
  assert.match(
    String(way["qr_code"]),
    /^https:\/\/app\.example\.com\/sandbox\/qr\//,
  );
  const events: unknown[] = [];
  world.on((event) => events.push(event));
  world.customerJoinsByQr({ configId, externalUserId: customers[1] ?? "" });
  assert.equal((events[0] as { joinScene: number }).joinScene, 3);
  tick(2000);
  const chat =
    (await post(GET, { chat_id: chatId }))["group_chat"] as GroupChat;
  const joined = chat.member_list.find((member) =>
    member["userid"] === customers[1]
  );
  assert.equal(joined?.["state"], "order7");
  assert.equal(joined?.["join_scene"], 3);
  await post("externalcontact/groupchat/del_join_way", { config_id: configId });
  const gone = await post("externalcontact/groupchat/get_join_way", {
    config_id: configId,
  });
  assert.equal(gone.errcode, 40058);
});
