/**
 * Each endpoint against a sample answer in `samples/`, named like its path with underscores (variants
 * after a dot), and the shape of what is sent.
 */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/secret.ts";
import {
  addContactWay,
  batchGetByUser,
  ENDPOINTS,
  getAgentTicket,
  getContact,
  getGroupChat,
  getToken,
  getUserInfo,
  listContactWays,
  listGroupChats,
  remarkContact,
  sendTextCard,
} from "../../lib/wecom/mod.ts";

const SAMPLES = new URL("./samples/", import.meta.url);

async function sample(file: string): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(new URL(file, SAMPLES)));
}

const fileOf = (endpoint: { name: string }) =>
  endpoint.name.replaceAll("/", "_");

Deno.test("each endpoint has a sample, and every sample is understood by its endpoint", async () => {
  const files = [...Deno.readDirSync(SAMPLES)].map((f) => f.name).sort();
  const used = new Set<string>();
  for (const endpoint of ENDPOINTS) {
    const own = files.filter((f) => f.split(".")[0] === fileOf(endpoint));
    assert.ok(
      own.includes(`${fileOf(endpoint)}.json`),
      `no sample for ${endpoint.name}`,
    );
    for (const file of own) {
      used.add(file);
      const parsed = endpoint.answer.safeParse(await sample(file));
      assert.ok(parsed.success, `${file}: ${parsed.error?.message}`);
    }
  }
  assert.deepEqual(
    files.filter((f) => !used.has(f)),
    [],
    "samples that belong to no endpoint",
  );
});

Deno.test("names are unique and budgets are set", () => {
  assert.equal(new Set(ENDPOINTS.map((e) => e.name)).size, ENDPOINTS.length);
  for (const { name, timeoutMs, parallel } of ENDPOINTS) {
    assert.ok(timeoutMs >= 1_000 && timeoutMs <= 10_000, name);
    assert.ok(parallel >= 1 && parallel <= 8, name);
  }
  assert.equal(batchGetByUser.parallel, 2);
});

Deno.test("a contact has the phone numbers of each follower, as typed", async () => {
  const detail = getContact.answer.parse(
    await sample("externalcontact_get.json"),
  );
  assert.deepEqual(detail.contact, {
    externalUserId: "wmSample01",
    name: "王女士",
    avatar: "https://wx.qlogo.cn/sample/0",
    type: "wechat",
    corpName: null,
  });
  assert.deepEqual(
    detail.followUsers.map((
      f,
    ) => [f.wxUserId, f.remarkMobiles, f.addedAt, f.state]),
    [
      [
        "designer01",
        ["13800000001", "+86 138-0000-0002"],
        1_780_000_000_000,
        null,
      ],
      ["manager01", [], 1_780_000_100_000, "order01"],
    ],
  );
  assert.equal(detail.nextCursor, null);
});

Deno.test("a page of contacts pairs each contact with what its follower noted", async () => {
  const page = batchGetByUser.answer.parse(
    await sample("externalcontact_batch_get_by_user.json"),
  );
  assert.deepEqual(
    page.contacts.map(({ contact, followUser }) => [
      contact.externalUserId,
      contact.type,
      followUser.remarkMobiles,
      followUser.addWay,
    ]),
    [["wmSample01", "wechat", ["13800000001"], 1], [
      "woSample02",
      "wecom",
      [],
      null,
    ]],
  );
  assert.equal(page.nextCursor, "sampleCursor");
});

Deno.test("a group has its members, when and how they joined", async () => {
  const group = getGroupChat.answer.parse(
    await sample("externalcontact_groupchat_get.json"),
  );
  assert.equal(group.createTime, 1_780_000_500_000);
  assert.equal(group.memberVersion, "sampleVersion");
  assert.deepEqual(group.adminWxUserIds, ["manager01"]);
  assert.deepEqual(
    group.members.map((
      m,
    ) => [m.userId, m.type, m.joinScene, m.invitorWxUserId, m.state]),
    [
      ["designer01", "member", "invited", "designer01", null],
      ["wmSample01", "external", "group_qr", null, "order01"],
    ],
  );
});

Deno.test("a member's code is asked for with its state and by 免验证, and its picture comes over https", async () => {
  const wish = { wxUserId: "d1", state: "oc01", remark: "订单 1" };
  assert.deepEqual(addContactWay.body?.(wish), {
    type: 1,
    scene: 2,
    user: ["d1"],
    skip_verify: true,
    state: "oc01",
    remark: "订单 1",
  });
  const told = await sample("externalcontact_add_contact_way.json");
  assert.deepEqual(addContactWay.answer.parse(told), {
    configId: "42b34949e138eb6e027c123cba77fAAA",
    qrCode: "https://p.qpic.cn/wwhead/sampleCode/0",
  });
  const window = { from: 1_780_000_000_999, to: 1_780_000_600_001 };
  assert.deepEqual(listContactWays.body?.(window), {
    start_time: 1_780_000_000,
    end_time: 1_780_000_601,
    cursor: "",
    limit: 1000,
  });
});

Deno.test("what WeCom leaves out, sends empty or as null, or adds, does no harm", () => {
  const bare = {
    external_contact: { external_userid: "wo1" },
    follow_info: { userid: "u" },
  };
  const odd = {
    external_contact: {
      external_userid: "wm1",
      name: null,
      avatar: "",
      brand_new: { a: 1 },
    },
    follow_info: {
      userid: "u",
      remark: null,
      remark_mobiles: ["", null, "1"],
      createtime: "17",
    },
  };
  const page = batchGetByUser.answer.parse({
    external_contact_list: [bare, odd],
    extra: true,
  });
  assert.equal(page.contacts[0]?.contact.type, "wecom");
  assert.deepEqual(page.contacts[1]?.followUser.remarkMobiles, ["1"]);
  assert.equal(page.contacts[1]?.followUser.addedAt, 17_000);
  assert.deepEqual(
    listGroupChats.answer.parse({ group_chat_list: null }).chats,
    [],
  );
  assert.deepEqual(
    getGroupChat.answer.parse({ group_chat: { chat_id: "wr1" } }).members,
    [],
  );
});

Deno.test("numbers as text and text as numbers are taken as they are meant", () => {
  const group = getGroupChat.answer.parse({
    group_chat: {
      chat_id: "wr1",
      owner: "u1",
      member_version: 17,
      member_list: [
        { userid: "u1", type: "1", join_scene: "1", join_time: "1700000000" },
        { userid: "wm1", type: "2", join_scene: "?" },
        { userid: "wm2" },
      ],
      admin_list: [{ userid: "u1" }, {}],
    },
  });
  assert.equal(group.memberVersion, "17");
  assert.deepEqual(
    group.members.map(({ type, joinScene }) => [type, joinScene]),
    [["member", "invited"], ["external", "unknown"], ["external", "unknown"]],
  );
  assert.deepEqual(group.adminWxUserIds, ["u1"]);
  const { chats } = listGroupChats.answer.parse({
    group_chat_list: [{ chat_id: "wr1", status: "1" }],
  });
  assert.equal(chats[0]?.ownerStatus, "owner_left");
});

Deno.test("without an id there is no answer", () => {
  assert.ok(!getContact.answer.safeParse({ external_contact: {} }).success);
  assert.ok(!getGroupChat.answer.safeParse({}).success);
  assert.ok(
    !getToken.answer.safeParse({ access_token: "", expires_in: 7200 }).success,
  );
  assert.ok(
    !getToken.answer.safeParse({ access_token: "t", expires_in: 0 }).success,
  );
});

Deno.test("a visitor is a member or a stranger, in both spellings", () => {
  const visitor = (answer: object) => getUserInfo.answer.safeParse(answer).data;
  assert.deepEqual(visitor({ userid: "u1" }), {
    kind: "member",
    wxUserId: "u1",
  });
  assert.deepEqual(visitor({ UserId: "u1", userid: "" }), {
    kind: "member",
    wxUserId: "u1",
  });
  assert.deepEqual(visitor({ external_userid: "wm1", openid: "o" }), {
    kind: "external",
  });
  assert.deepEqual(visitor({ OpenId: "o" }), { kind: "external" });
  assert.equal(visitor({}), undefined);
});

Deno.test("a card is sent to members by name, and the answer names those who got none", async () => {
  const card = { title: "t", description: "d", url: "https://a", button: "去" };
  const input = { agentId: "1000002", to: ["u1", "u2"], card };
  assert.deepEqual(sendTextCard.body?.({ ...input, againSeconds: 300 }), {
    touser: "u1|u2",
    msgtype: "textcard",
    agentid: 1000002,
    textcard: { title: "t", description: "d", url: "https://a", btntxt: "去" },
    enable_duplicate_check: 1,
    duplicate_check_interval: 300,
  });
  assert.deepEqual(
    sendTextCard.answer.parse(await sample("message_send.json")),
    {
      invalidWxUserIds: ["userid1", "userid2"],
      unlicensedWxUserIds: ["userid3", "userid4"],
      messageId: "xxxx",
    },
  );
  assert.deepEqual(sendTextCard.answer.parse({}), {
    invalidWxUserIds: [],
    unlicensedWxUserIds: [],
    messageId: "",
  });
});

Deno.test("requests have the shape of the documents", () => {
  assert.deepEqual(
    getToken.query?.({ corpId: "ww", secret: new Secret("s") }),
    {
      corpid: "ww",
      corpsecret: "s",
    },
  );
  assert.deepEqual(getAgentTicket.query?.(), { type: "agent_config" });
  assert.deepEqual(batchGetByUser.body?.({ wxUserIds: ["u1"] }), {
    userid_list: ["u1"],
    cursor: "",
    limit: 100,
  });
  assert.deepEqual(
    listGroupChats.body?.({
      ownerWxUserIds: ["u1"],
      ownerStatus: "owner_left",
    }),
    {
      status_filter: 1,
      owner_filter: { userid_list: ["u1"] },
      cursor: "",
      limit: 1000,
    },
  );
  const remark = {
    wxUserId: "u1",
    externalUserId: "wm1",
    remarkMobiles: ["1", "2"],
  };
  assert.deepEqual(JSON.parse(JSON.stringify(remarkContact.body?.(remark))), {
    userid: "u1",
    external_userid: "wm1",
    remark_mobiles: ["1", "2"],
  });
});
