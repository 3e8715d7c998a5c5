/**
 * WeCom's answers with one row of a shape that nobody foresaw, through the real
 * flows: the neighbours are matched, the group is recorded, and nothing that the
 * mirror has is ended because of it. First the shapes that were seen, then any.
 */
import assert from "node:assert/strict";
import { prepare, withStubbedApp } from "../support/company.ts";
import { ok, type StubChat, type StubWecom } from "../support/stub_wecom.ts";
import type { TestApp } from "../support/app.ts";
import { seededRandom } from "../../lib/sandbox/ids.ts";
import SEEN from "./odd_answers.json" with { type: "json" };

const BATCH = "externalcontact/batch/get_by_user";
const GROUP = "externalcontact/groupchat/get";

for (const row of SEEN["batch/get_by_user"]) {
  Deno.test(`The neighbours of a contact like ${JSON.stringify(row)} are matched`, () =>
    withStubbedApp(async ({ app, stub }) => {
      stub.follow("d1", "wm9", "孙先生");
      const [first, ...others] = stub.contacts.get("d1") ?? [];
      stub.spoil = (path) =>
        path === BATCH
          ? ok({ external_contact_list: [others[0], row, first] })
          : undefined;
      assert.deepEqual(await matched(app), ["wm1"]);
      const { sql } = app.services;
      const known = await sql`
        select 1 from contact_follow
        where external_user_id in ('wm1', 'wm9') and deleted_at is null`;
      assert.equal(known.length, 2);
    }));
}

Deno.test("A contact whose row does not name the member asked for is this member's", () =>
  withStubbedApp(async ({ app, stub }) => {
    const [first] = stub.contacts.get("d1") ?? assert.fail("nobody");
    const { userid: _, ...unnamed } = first?.follow_info ?? {};
    stub.spoil = (path) =>
      path === BATCH
        ? ok({ external_contact_list: [{ ...first, follow_info: unnamed }] })
        : undefined;
    assert.deepEqual(await matched(app), ["wm1"]);
  }));

Deno.test("A name with a raw control character is read without it", () =>
  withStubbedApp(async ({ app, stub }) => {
    const list = stub.contacts.get("d1");
    stub.spoil = (path) =>
      path === BATCH
        ? new Response(
          JSON.stringify({ errcode: 0, external_contact_list: list })
            .replaceAll("王女士", "王\u0014女\0士"),
        )
        : undefined;
    assert.deepEqual(await matched(app), ["wm1"]);
    const [row] = await app.services.sql<{ name: string }[]>`
      select name from contact where external_user_id = 'wm1'`;
    assert.equal(row?.name, "王女士");
  }));

for (const member of SEEN["groupchat/get"]) {
  Deno.test(`A group with a member like ${JSON.stringify(member)} is recorded`, () =>
    withStubbedApp(async ({ app, stub }) => {
      const { intentId, groupName, userIds } = await prepare(app, "wm1");
      const chatId = stub.create("d1", groupName, userIds, ["wm1"]);
      spoilGroup(stub, chatId, (list) => [member, ...list]);
      const recorded = await app.as("d1").flow("group.record", {
        orderId: "O1",
        intentId,
        chatId,
      });
      assert.equal(recorded.data?.status, "active", JSON.stringify(recorded));
      const shown = await app.as("d1").flow("group.get", { orderId: "O1" });
      assert.equal(shown.data.customerJoined, true);
    }));
}

Deno.test("Whatever becomes of one contact's row, all others are known, and nobody is dropped", () =>
  withStubbedApp(async ({ app, stub }) => {
    const ids = Array.from({ length: 8 }, (_, at) => `wmFuzz${at}`);
    for (const id of ids) stub.follow("d1", id, `客户${id}`, ["13700000001"]);
    await app.services.contactSync.refresh("d1");
    const rows = stub.contacts.get("d1") ?? [];
    const { sql } = app.services;
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed);
      const victim = Math.floor(random() * rows.length);
      const odd = mutated(rows[victim], random);
      const list = rows.map((row, at) => at === victim ? odd : row);
      stub.spoil = (path) =>
        path === BATCH ? ok({ external_contact_list: list }) : undefined;
      await app.services.contactSync.refresh("d1");
      const living = await sql<{ externalUserId: string }[]>`
        select external_user_id from contact_follow
        where lower(wx_user_id) = 'd1' and deleted_at is null`;
      const found = new Set(living.map((row) => row.externalUserId));
      const where = `seed ${seed}: ${JSON.stringify(odd)}`;
      for (const id of ["wm1", ...ids]) assert.ok(found.has(id), where);
      const numbers = await sql<{ externalUserId: string }[]>`
        select distinct external_user_id from contact_phone`;
      const lost = rows.filter((row, at) =>
        at !== victim &&
        !numbers.some((one) =>
          one.externalUserId === row.external_contact.external_userid
        )
      );
      assert.deepEqual(lost, [], where);
    }
  }));

Deno.test("Whatever becomes of one member's row, all others stay in the group, and nobody's stay ends", () =>
  withStubbedApp(async ({ app, stub }) => {
    const { intentId, groupName, userIds } = await prepare(app, "wm1");
    const people = [...userIds, "d2", "op"];
    const chatId = stub.create("d1", groupName, people, ["wm1"]);
    await app.as("d1").flow("group.record", {
      orderId: "O1",
      intentId,
      chatId,
    });
    const { sql } = app.services;
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed);
      let where = "";
      spoilGroup(stub, chatId, (list) => {
        const victim = Math.floor(random() * list.length);
        const odd = mutated(list[victim], random);
        where = `seed ${seed}: ${JSON.stringify(odd)}`;
        return list.map((one, at) => at === victim ? odd : one);
      });
      // As after the seconds for which a group counts as known.
      await sql`update chat set synced_at = synced_at - interval '1 minute'`;
      const shown = await app.as("d1").flow("group.get", { orderId: "O1" });
      assert.equal(shown.data?.status, "active", where);
      const stays = await sql<{ memberId: string; over: boolean }[]>`
        select member_id, left_at is not null as over from chat_member
        where chat_id = ${chatId}`;
      const living = stays.filter((one) => !one.over).map((one) =>
        one.memberId
      );
      for (const id of [...people, "wm1"]) {
        assert.ok(living.includes(id), `${id} is gone, ${where}`);
      }
    }
    assert.ok(stub.count(GROUP) > 60, "it was read each time");
  }));

Deno.test("A group that is told to have nobody in it keeps its people", () =>
  withStubbedApp(async ({ app, stub }) => {
    const { intentId, groupName, userIds } = await prepare(app, "wm1");
    const chatId = stub.create("d1", groupName, userIds, ["wm1"]);
    const input = { orderId: "O1", intentId, chatId };
    await app.as("d1").flow("group.record", input);
    spoilGroup(stub, chatId, () => []);
    const { sql } = app.services;
    await sql`update chat set synced_at = synced_at - interval '1 minute'`;
    const shown = await app.as("d1").flow("group.get", { orderId: "O1" });
    assert.equal(shown.data?.customerJoined, true, JSON.stringify(shown));
  }));

Deno.test("A group keeps its name when an answer leaves it out", () =>
  withStubbedApp(async ({ app, stub }) => {
    const { intentId, groupName, userIds } = await prepare(app, "wm1");
    const chatId = stub.create("d1", groupName, userIds, ["wm1"]);
    const input = { orderId: "O1", intentId, chatId };
    await app.as("d1").flow("group.record", input);
    const { sql } = app.services;
    for (const name of [undefined, null, [], true]) {
      Object.assign(stub.chats.get(chatId) ?? {}, { name });
      await sql`update chat set synced_at = synced_at - interval '1 minute'`;
      const shown = await app.as("d1").flow("group.get", { orderId: "O1" });
      assert.equal(shown.data?.groupName, groupName, String(name));
    }
  }));

Deno.test("A member keeps name and code of entry when an answer leaves them out", () =>
  withStubbedApp(async ({ app, stub }) => {
    const { intentId, groupName, userIds } = await prepare(app, "wm1");
    const chatId = stub.create("d1", groupName, userIds, ["wm1"]);
    const told = { name: "王女士", state: "door" };
    const spoil = (said: unknown) =>
      spoilGroup(
        stub,
        chatId,
        (list) =>
          list.map((one) =>
            one.userid === "wm1" ? { ...one, ...Object(said) } : one
          ),
      );
    spoil(told);
    const input = { orderId: "O1", intentId, chatId };
    await app.as("d1").flow("group.record", input);
    const { sql } = app.services;
    for (const odd of [undefined, null, [], true]) {
      spoil({ name: odd, state: odd });
      await sql`update chat set synced_at = synced_at - interval '1 minute'`;
      await app.as("d1").flow("group.get", { orderId: "O1" });
      const [row] = await sql`
        select name, state from chat_member where member_id = 'wm1'`;
      assert.deepEqual({ ...row }, told, String(odd));
    }
  }));

Deno.test("A contact keeps its name when an answer leaves it out", () =>
  withStubbedApp(async ({ app, stub }) => {
    await app.services.contactSync.refresh("d1");
    const [first] = stub.contacts.get("d1") ?? assert.fail("nobody");
    for (const name of [undefined, null, [], ""]) {
      Object.assign(first?.external_contact ?? {}, { name });
      assert.deepEqual(await matched(app), ["wm1"]);
      const [row] = await app.services.sql<{ name: string }[]>`
        select name from contact where external_user_id = 'wm1'`;
      assert.equal(row?.name, "王女士", String(name));
    }
  }));

async function matched(app: TestApp): Promise<string[]> {
  const { data } = await app.as("d1").flow("customer.match", {
    orderId: "O1",
    refresh: true,
  });
  assert.equal(data?.status, "matched", JSON.stringify(data));
  return (data.candidates as { externalUserId: string }[])
    .map((one) => one.externalUserId);
}

function spoilGroup(
  stub: StubWecom,
  chatId: string,
  change: (list: StubChat["member_list"]) => unknown[],
): void {
  stub.spoil = (path, said) => {
    const chat = stub.chats.get(chatId);
    if (path !== GROUP || !said.includes(chatId) || !chat) return undefined;
    return ok({
      group_chat: { ...chat, member_list: change(chat.member_list) },
    });
  };
}

/** What a field may turn into; none of them is an id. */
const ODD: readonly unknown[] = [
  undefined,
  null,
  "",
  " ",
  "\0",
  "\ud83d",
  [],
  {},
  [null],
  { a: 1 },
  0,
  -1,
  1.5,
  true,
  "x".repeat(10_000),
];

/** The row with one of its fields, at any depth, or all of it, turned odd. */
function mutated(row: unknown, random: () => number): unknown {
  const isWhole = typeof row !== "object" || row === null || random() < 0.1;
  if (isWhole) return ODD[Math.floor(random() * ODD.length)];
  const fields = Object.entries(row);
  const [name = "", value] = fields[Math.floor(random() * fields.length)] ?? [];
  return { ...row, [name]: mutated(value, random) };
}
