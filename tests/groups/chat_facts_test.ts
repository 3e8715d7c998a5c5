/** What happens in an order's group is told with the change that it is. */
import assert from "node:assert/strict";
import { keepEnd, keepReading } from "../../lib/groups/chat_facts.ts";
import { beginReading } from "../../lib/store/reading.ts";
import type { Sql } from "../../lib/store/database.ts";
import type { Move } from "../../lib/chats/told_moves.ts";
import type { GroupChat } from "../../lib/wecom/mod.ts";
import { withDatabase } from "../support/database.ts";

const AT = Date.parse("2026-11-20T02:00:00Z");

function chat(
  ids: readonly string[],
  over: Partial<GroupChat> = {},
): GroupChat {
  return {
    chatId: "wr1",
    name: "王女士-装修群",
    ownerWxUserId: "d1",
    createTime: AT,
    memberVersion: null,
    members: ids.map((userId) => ({
      userId,
      type: userId.startsWith("wm") ? "external" : "member",
      joinTime: AT,
      joinScene: "unknown",
      invitorWxUserId: null,
      name: "",
      groupNickname: "",
      state: null,
    })),
    notice: "",
    adminWxUserIds: [],
    dropped: [],
    ...over,
  };
}

async function read(sql: Sql, shown: GroupChat, told: Move[] = []) {
  const reading = await beginReading(sql, () => AT + 60_000);
  return await sql.begin((sql) =>
    keepReading(sql, shown, reading, { via: "page", requestId: "r1", told })
  );
}

async function withGroup(fn: (sql: Sql) => Promise<void>): Promise<void> {
  await withDatabase(async ({ sql }) => {
    const at = new Date(AT);
    await sql`insert into customer_order ${
      sql({
        orderId: "O1",
        orderNo: "1",
        customerName: "王",
        phoneSealed: "",
        phoneHashes: [],
        sharedHashes: [],
        designerWxUserId: "d1",
        createdAt: at,
        updatedAt: at,
      })
    }`;
    await sql`insert into customer_decision ${
      sql({
        orderId: "O1",
        externalUserId: "wm1",
        source: "hand",
        decidedBy: "d1",
        decidedAt: at,
      })
    }`;
    await read(sql, chat(["d1", "wm9"]));
    await sql`update chat set order_id = 'O1'`;
    await fn(sql);
  });
}

async function told(sql: Sql) {
  return await sql<
    {
      kind: string;
      via: string;
      requestId: string;
      detail: unknown;
      at: Date;
    }[]
  >`
    select kind, via, request_id, detail, at from order_event
    order by event_id`;
}

const kinds = async (sql: Sql) => (await told(sql)).map((one) => one.kind);

Deno.test("What was in a group before it was an order's is not told of the order", () =>
  withGroup(async (sql) => {
    await read(sql, chat(["d1", "wm9"]));
    assert.deepEqual(await kinds(sql), []);
  }));

Deno.test("Who comes and goes is told with the time, and the order's customer as such", () =>
  withGroup(async (sql) => {
    const ended = { kind: "left", memberId: "wm9", at: AT + 9_000 } as const;
    await read(sql, chat(["d1", "wm1"]), [{ ...ended, scene: "removed" }]);
    const events = await told(sql);
    assert.deepEqual(events.map((one) => [one.kind, one.detail]), [
      ["joined", { memberId: "wm1", type: "external" }],
      ["customer_joined", { externalUserId: "wm1" }],
      ["left", { memberId: "wm9", type: "external", scene: "removed" }],
    ]);
    assert.equal(events[2]?.at.getTime(), AT + 9_000);
    assert.deepEqual([events[0]?.via, events[0]?.requestId], ["page", "r1"]);
    await read(sql, chat(["d1", "wm1"]));
    assert.equal((await told(sql)).length, 3, "nothing new is not told");
  }));

Deno.test("Of a stay that is told when its customer is back already, the end is told first", () =>
  withGroup(async (sql) => {
    await read(sql, chat(["d1", "wm9"]), []);
    const early = AT - 60_000;
    const moves: Move[] = [
      { kind: "joined", memberId: "wm9", at: early, scene: "invited" },
      { kind: "left", memberId: "wm9", at: early + 9_000, scene: "left" },
    ];
    await read(sql, chat(["d1", "wm9"]), moves);
    assert.deepEqual(await kinds(sql), ["left", "joined"]);
  }));

Deno.test("Who was thought to have left, and has not, is told to be there again", () =>
  withGroup(async (sql) => {
    await read(sql, chat(["d1"]));
    await read(sql, chat(["d1", "wm9"]));
    const events = await told(sql);
    assert.deepEqual(events.map((one) => one.kind), ["left", "joined"]);
    assert.deepEqual(events[1]?.detail, {
      memberId: "wm9",
      type: "external",
      again: true,
    });
  }));

Deno.test("A new name, a new owner and the end are told, each once", () =>
  withGroup(async (sql) => {
    const changed = chat(["d1", "wm9"], { name: "新", ownerWxUserId: "d2" });
    await read(sql, changed);
    await read(sql, { ...changed, ownerWxUserId: "D2" });
    for (let turn = 0; turn < 2; turn++) {
      const reading = await beginReading(sql, () => AT + 90_000);
      await sql.begin((sql) => keepEnd(sql, "wr1", reading, { via: "look" }));
    }
    const events = await told(sql);
    assert.deepEqual(events.map((one) => [one.kind, one.detail]), [
      ["owner_changed", { from: "d1", to: "d2" }],
      ["renamed", {}],
      ["dismissed", {}],
    ]);
    const [entry, ...more] = await sql`
      select order_id, action, detail from audit_log`;
    assert.deepEqual({ ...entry }, {
      orderId: "O1",
      action: "group.dismissed",
      detail: { chatId: "wr1", via: "look" },
    });
    assert.deepEqual(more, []);
  }));

Deno.test("What a group was called when it was first seen stays with it", () =>
  withGroup(async (sql) => {
    const first = async () =>
      (await sql<{ firstName: string }[]>`select first_name from chat`)[0]
        ?.firstName;
    await read(sql, chat(["d1"], { name: "新" }));
    assert.equal(await first(), "王女士-装修群");
    // The release before wrote no first name.
    await sql`update chat set first_name = null`;
    await read(sql, chat(["d1"], { name: "更新" }));
    assert.equal(await first(), "新");
  }));

Deno.test("A group that had no name at first has the first one that it gets", () =>
  withDatabase(async ({ sql }) => {
    await read(sql, chat(["d1"], { name: "" }));
    await read(sql, chat(["d1"], { name: "群" }));
    await read(sql, chat(["d1"], { name: "新群" }));
    const [row] = await sql`select first_name from chat`;
    assert.equal(row?.firstName, "群");
  }));
