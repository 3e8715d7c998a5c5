/**
 * Answers with one row of a shape that nobody foresaw. Every other row counts,
 * the odd one as far as it can be used, and the answer says what it lacks.
 */
import assert from "node:assert/strict";
import {
  batchGetByUser,
  getAgentTicket,
  getContact,
  getFollowUserList,
  getGroupChat,
  getToken,
  getUserInfo,
  listGroupChats,
} from "../../lib/wecom/mod.ts";
import { parseJson } from "../../lib/wecom/json.ts";
import {
  clientWith,
  fakeClock,
  fakeWecom,
  memoryCache,
  ok,
} from "./support.ts";

const good = {
  external_contact: { external_userid: "wm1", name: "甲", type: 1 },
  follow_info: {
    userid: "u1",
    remark: "甲",
    remark_mobiles: ["13800000001"],
    createtime: 1_700_000_000,
  },
};

function page(...list: unknown[]) {
  return batchGetByUser.answer.parse({ external_contact_list: list });
}

/** What is wrong with a row, what becomes of it, and where it is said to be. */
const USELESS: readonly (readonly [string, unknown, string])[] = [
  ["null", null, "1"],
  ["a text", "wm2", "1"],
  ["a list", [], "1"],
  [
    "without a contact",
    { follow_info: good.follow_info },
    "1.external_contact",
  ],
  [
    "without follow_info",
    { external_contact: good.external_contact },
    "1.follow_info",
  ],
  [
    "an empty list as follow_info",
    { ...good, follow_info: [] },
    "1.follow_info",
  ],
  ["follow_info null", { ...good, follow_info: null }, "1.follow_info"],
  ["without numbers and without userid", {
    ...good,
    follow_info: { remark: "乙" },
  }, "1.follow_info"],
  [
    "an empty id",
    { ...good, external_contact: { external_userid: " " } },
    "1.external_contact.external_userid",
  ],
  [
    "an id with NUL",
    { ...good, external_contact: { external_userid: "wm\0" } },
    "1.external_contact.external_userid",
  ],
  ["an endless id", {
    ...good,
    external_contact: { external_userid: "w".repeat(300) },
  }, "1.external_contact.external_userid"],
];

Deno.test("a row of contacts that is read plainly is read as one that is looked at closely", () => {
  const values = [
    undefined,
    null,
    "",
    " ",
    "甲\0乙",
    0,
    2,
    "2",
    -1,
    1.5,
    [],
    {},
    [
      "13800000001",
      7,
      null,
    ],
    { a: "1" },
    "1780000000",
    1e20,
    "wo1",
    "\ud800",
  ];
  const fields = [
    ...["external_userid", "name", "avatar", "type", "corp_name"],
    ...["userid", "remark", "description", "remark_mobiles", "createtime"],
    ...["add_way", "state"],
  ];
  for (const field of fields) {
    for (const value of values) {
      const isContact = fields.indexOf(field) < 5;
      const contact = { ...good.external_contact };
      const notes = { ...good.follow_info };
      Object.assign(isContact ? contact : notes, { [field]: value });
      const row = { external_contact: contact, follow_info: notes };
      // In lists they are what no row should be, and taken all the same.
      const odd = { external_contact: [contact], follow_info: [notes] };
      const [plain, close] = [page(row), page(odd)];
      const what = `${field}: ${JSON.stringify(value)}`;
      assert.deepEqual(plain.contacts, close.contacts, what);
      assert.deepEqual(plain.unnamed, close.unnamed, what);
      assert.deepEqual(plain.dropped, close.dropped, what);
    }
  }
});

for (const [what, row, path] of USELESS) {
  Deno.test(`a row of contacts that is no use (${what}) is left out, and its neighbours are kept`, () => {
    const { contacts, dropped } = page(good, row, good);
    assert.equal(contacts.length, 2);
    assert.deepEqual(dropped, [`external_contact_list.${path}`]);
  });
}

/** Fields of `follow_info`, and what they are taken for. */
const FIELDS: readonly (readonly [object, object])[] = [
  [{ remark_mobiles: "13700000000" }, { remarkMobiles: ["13700000000"] }],
  [{ remark_mobiles: 13700000000 }, { remarkMobiles: ["13700000000"] }],
  [{ remark_mobiles: [13700000000, null, ""] }, {
    remarkMobiles: ["13700000000"],
  }],
  [{ remark_mobiles: { 0: "13700000000", 2: "1" } }, {
    remarkMobiles: ["13700000000", "1"],
  }],
  [{ remark_mobiles: [["13700000000"]] }, { remarkMobiles: ["13700000000"] }],
  [{ remark_mobiles: null }, { remarkMobiles: [] }],
  [{ createtime: "" }, { addedAt: 0 }],
  [{ createtime: "1700000000" }, { addedAt: 1_700_000_000_000 }],
  [{ createtime: 1_700_000_000_000 }, { addedAt: 1_700_000_000_000 }],
  [{ createtime: "1700000000123" }, { addedAt: 1_700_000_000_000 }],
  [{ createtime: -1 }, { addedAt: 0 }],
  [{ createtime: {} }, { addedAt: 0 }],
  [{ createtime: "yesterday" }, { addedAt: 0 }],
  [{ remark: ["乙"], description: 7, state: {} }, {
    remark: "",
    description: "7",
    state: null,
  }],
  [{ add_way: 201, tags: "vip" }, { addWay: 201 }],
  [{ add_way: "?", tags: [null, 3] }, { addWay: null }],
];

for (const [fields, wanted] of FIELDS) {
  Deno.test(`follow_info with ${JSON.stringify(fields)} is used as ${JSON.stringify(wanted)}`, () => {
    const { contacts, dropped } = page({
      ...good,
      follow_info: { ...good.follow_info, ...fields },
    });
    const { followUser } = contacts[0] ?? assert.fail("the row is lost");
    for (const [name, value] of Object.entries(wanted)) {
      assert.deepEqual(followUser[name as keyof typeof followUser], value);
    }
    assert.deepEqual(dropped, []);
  });
}

Deno.test("follow_info in a list is taken, and one that names nobody is told apart", () => {
  const { contacts, unnamed, dropped } = page(
    { ...good, follow_info: [null, good.follow_info] },
    { ...good, follow_info: { remark_mobiles: ["1"] } },
  );
  assert.equal(contacts[0]?.followUser.wxUserId, "u1");
  assert.deepEqual(unnamed.map((row) => row.followUser.remarkMobiles), [["1"]]);
  assert.deepEqual(dropped, []);
});

Deno.test("a list that comes as an object, as one row or not at all is no surprise", () => {
  const read = (value: unknown) =>
    batchGetByUser.answer.parse({ external_contact_list: value });
  assert.equal(read({ 0: good, 7: good }).contacts.length, 2);
  assert.equal(read(good).contacts.length, 1);
  assert.deepEqual(read([]).dropped, []);
  // That there is nobody is only told by a list that is empty.
  for (const value of [undefined, null, "", {}, 0]) {
    assert.deepEqual(read(value).contacts, []);
    assert.deepEqual(read(value).dropped, ["external_contact_list"]);
  }
});

for (const odd of [["c"], 0, -1, true, { c: 1 }]) {
  Deno.test(`a cursor that is ${JSON.stringify(odd)} ends the list, which then is not complete`, () => {
    const { nextCursor, dropped } = batchGetByUser.answer.parse({
      external_contact_list: [good],
      next_cursor: odd,
    });
    assert.equal(nextCursor, null);
    assert.deepEqual(dropped, ["next_cursor"]);
  });
}

Deno.test("of a contact's followers those that can be read are read", () => {
  const { followUsers, dropped } = getContact.answer.parse({
    external_contact: [good.external_contact],
    follow_user: [null, good.follow_info, { remark: "?" }],
  });
  assert.deepEqual(followUsers.map((one) => one.wxUserId), ["u1"]);
  assert.deepEqual(dropped, ["follow_user.0", "follow_user.2.userid"]);
});

Deno.test("permitted members come as texts, and as objects where they must", () => {
  const { wxUserIds, dropped } = getFollowUserList.answer.parse({
    follow_user: ["u1", { userid: "u2" }, null, ""],
  });
  assert.deepEqual(wxUserIds, ["u1", "u2"]);
  assert.deepEqual(dropped, ["follow_user.2", "follow_user.3"]);
});

Deno.test("a group with odd members has all the others, and its own fields", () => {
  const group = getGroupChat.answer.parse({
    group_chat: {
      chat_id: "wr1",
      name: null,
      owner: { userid: "u1" },
      create_time: "1700000000",
      member_list: [
        { userid: "u1", type: 1, join_scene: 9, invitor: "u2" },
        { userid: "", type: 2 },
        { type: 2, name: "乙" },
        {
          userid: "wm1",
          type: 2,
          join_time: 1_700_000_001,
          join_scene: 1,
          invitor: [],
        },
        { userid: "wm2", type: 7, join_time: "", invitor: [{ userid: "u1" }] },
        { userid: "u3", type: 7, invitor: { userid: null } },
        null,
      ],
      admin_list: ["u1", { userid: "u2" }, {}, null],
      member_version: null,
    },
  });
  assert.equal(group.ownerWxUserId, "u1");
  assert.equal(group.createTime, 1_700_000_000_000);
  assert.deepEqual(
    group.members.map((
      one,
    ) => [one.userId, one.type, one.joinScene, one.invitorWxUserId]),
    [
      ["u1", "member", "unknown", "u2"],
      ["wm1", "external", "invited", null],
      ["wm2", "external", "unknown", "u1"],
      ["u3", "member", "unknown", null],
    ],
  );
  assert.deepEqual(group.adminWxUserIds, ["u1", "u2"]);
  assert.deepEqual(group.dropped, [
    "member_list.1.userid",
    "member_list.2.userid",
    "member_list.6",
  ]);
});

Deno.test("a page of groups names those that have an id, whatever their status", () => {
  const { chats, dropped } = listGroupChats.answer.parse({
    group_chat_list: [
      { chat_id: "wr1", status: 99 },
      { status: 0 },
      { chat_id: "wr2", status: null },
      "wr3",
    ],
  });
  assert.deepEqual(chats.map((one) => [one.chatId, one.ownerStatus]), [
    ["wr1", "normal"],
    ["wr2", "normal"],
  ]);
  assert.deepEqual(dropped, ["group_chat_list.1.chat_id", "group_chat_list.3"]);
});

Deno.test("control characters and half an emoji are dropped from texts, line breaks stay", () => {
  const { contacts } = page({
    ...good,
    external_contact: {
      ...good.external_contact,
      name: "\u0014王\0\u0085女\ud83d士",
    },
    follow_info: { ...good.follow_info, description: "a\n\tb\u0007" },
  });
  assert.equal(contacts[0]?.contact.name, "王女\ufffd士");
  assert.equal(contacts[0]?.followUser.description, "a\n\tb");
});

/** JSON as it was sent, and what is read. */
const RAW: readonly (readonly [string, unknown])[] = [
  ['{"name":"a\u0014b"}', { name: "a\u0014b" }],
  ['{"name":"a\nb\tc\0"}', { name: "a\nb\tc\0" }],
  ['{"na\u0007me":"\\u0007"}', { "na\u0007me": "\u0007" }],
  ['{"name":"\\"\u0014\\\\"}', { name: '"\u0014\\' }],
  ['{"name":"C:\\x \\\u0014 \\ud83d \\u12"}', {
    name: "C:\\x \\\u0014 \ud83d \\u12",
  }],
  ['{\n\t"name" :\r\n"a"}', { name: "a" }],
  ['{"name":"a', undefined],
  ['{"name":"a"}}', undefined],
  ["", undefined],
];

for (const [sent, wanted] of RAW) {
  Deno.test(`JSON ${JSON.stringify(sent)} is read as ${JSON.stringify(wanted)}`, () => {
    assert.deepEqual(parseJson(sent), wanted);
  });
}

Deno.test("what a token's life is said to be is believed as far as it can be", () => {
  const life = (expires_in: unknown) =>
    getToken.answer.safeParse({ access_token: "t", expires_in }).data
      ?.expiresInMs;
  assert.equal(life("7200"), 7_200_000);
  assert.equal(life(7199.5), 7_199_000);
  assert.equal(life(7_200_000), 7_200_000);
  for (const untold of [undefined, null, "", "soon", {}]) {
    assert.equal(life(untold), 900_000);
  }
  assert.equal(life(-1), undefined);
  assert.equal(
    getAgentTicket.answer.parse({ ticket: "t" }).expiresInMs,
    900_000,
  );
});

Deno.test("a visitor's ids are read in odd shapes, and nobody is nobody", () => {
  const visitor = (answer: object) => getUserInfo.answer.safeParse(answer).data;
  assert.deepEqual(visitor({ userid: 1001 }), {
    kind: "member",
    wxUserId: "1001",
  });
  assert.deepEqual(visitor({ userid: ["u1"] }), {
    kind: "member",
    wxUserId: "u1",
  });
  assert.deepEqual(visitor({ userid: null, external_userid: "wm1" }), {
    kind: "external",
  });
  assert.equal(visitor({ userid: {}, openid: [] }), undefined);
  assert.equal(visitor({ userid: "\0" }), undefined);
});

Deno.test("what is dropped is counted and logged by its place, never by its value", async () => {
  const clock = fakeClock();
  using store = await memoryCache(clock);
  const wecom = fakeWecom({
    "externalcontact/batch/get_by_user": () =>
      ok({
        external_contact_list: [good, {
          external_contact: {
            external_userid: "wmSecret",
            name: "13800138000",
          },
        }],
      }),
  });
  const client = clientWith(wecom, clock, store.cache);
  const { contacts } = await client.call(batchGetByUser, { wxUserIds: ["u1"] });
  assert.equal(contacts.length, 1);
  assert.equal(client.dropped(), 1);
  const { level, fields } =
    client.logged.find((one) => one.event === "wecom.dropped") ??
      assert.fail("not logged");
  assert.equal(level, "warn");
  assert.deepEqual(fields, {
    endpoint: "externalcontact/batch/get_by_user",
    count: 1,
    paths: ["external_contact_list.1.follow_info"],
  });
});
