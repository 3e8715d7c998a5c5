/**
 * When a stay began, where WeCom's answer does not say so (yet): a time that
 * turns up later is no second stay, and a return is none the less one.
 */
import assert from "node:assert/strict";
import { saveChat } from "../../lib/chats/mirror.ts";
import type { ToldMoves } from "../../lib/chats/told_moves.ts";
import type { Sql } from "../../lib/store/database.ts";
import { beginReading } from "../../lib/store/reading.ts";
import type { GroupChat } from "../../lib/wecom/mod.ts";
import { withDatabase } from "../support/database.ts";

const CREATED = Date.parse("2026-11-20T02:00:00Z");
const SECOND = 1_000;
const UNKNOWN = -CREATED;

/** Reads the group at `at` with wm1 who joined at `joined`; null: not in it. */
async function read(
  sql: Sql,
  at: number,
  joined: number | null,
  over: { createTime?: number; told?: ToldMoves } = {},
): Promise<void> {
  const chat: GroupChat = {
    chatId: "wr1",
    name: "群",
    ownerWxUserId: "d1",
    createTime: over.createTime ?? CREATED,
    memberVersion: null,
    members: joined === null ? [] : [{
      userId: "wm1",
      type: "external",
      joinTime: CREATED + joined,
      joinScene: "unknown",
      invitorWxUserId: null,
      name: "王女士",
      groupNickname: "",
      state: null,
    }],
    notice: "",
    adminWxUserIds: [],
    dropped: [],
  };
  const reading = await beginReading(sql, () => CREATED + at);
  await saveChat(sql, chat, reading, over.told);
}

/** Begin and end of each stay in seconds since the group was made. */
async function stays(sql: Sql): Promise<(number | null)[][]> {
  const rows = await sql<{ joinedAt: Date; leftAt: Date | null }[]>`
    select joined_at, left_at from chat_member order by joined_at`;
  const since = (at: Date | null) =>
    at && (Math.round((at.getTime() - CREATED) / SECOND) || 0);
  return rows.map((row) => [since(row.joinedAt), since(row.leftAt)]);
}

Deno.test("A time of joining that turns up later begins no second stay", async () => {
  await withDatabase(async ({ sql }) => {
    await read(sql, 10 * SECOND, UNKNOWN);
    assert.deepEqual(await stays(sql), [[0, null]]);
    await read(sql, 20 * SECOND, 4 * SECOND);
    assert.deepEqual(await stays(sql), [[4, null]]);
    await read(sql, 30 * SECOND, UNKNOWN);
    await read(sql, 40 * SECOND, 4 * SECOND);
    assert.deepEqual(await stays(sql), [[4, null]]);
  });
});

Deno.test("The same where the answer does not say either when the group was made", async () => {
  await withDatabase(async ({ sql }) => {
    await read(sql, 10 * SECOND, UNKNOWN, { createTime: 0 });
    await read(sql, 20 * SECOND, 4 * SECOND);
    assert.deepEqual(await stays(sql), [[4, null]]);
  });
});

Deno.test("Who was in from the beginning and came back has two stays", async () => {
  await withDatabase(async ({ sql }) => {
    await read(sql, 10 * SECOND, 0);
    await read(sql, 60 * SECOND, 50 * SECOND);
    assert.deepEqual(await stays(sql), [[0, 50], [50, null]]);
  });
});

Deno.test("Who left, as an event told, and came back has two stays, whatever the first began with", async () => {
  await withDatabase(async ({ sql }) => {
    await read(sql, 10 * SECOND, UNKNOWN);
    const left = {
      kind: "left",
      memberId: "wm1",
      at: CREATED + 30 * SECOND,
    } as const;
    await read(sql, 60 * SECOND, 50 * SECOND, {
      told: [{ ...left, scene: "left" }],
    });
    assert.deepEqual(await stays(sql), [[0, 30], [50, null]]);
  });
});

Deno.test("Who came by an event and joined again much later has two stays, though nobody told of the end", async () => {
  const told = [{
    kind: "joined",
    memberId: "wm1",
    at: CREATED + 30 * SECOND,
    scene: "invited",
  }] as const;
  await withDatabase(async ({ sql }) => {
    await read(sql, 10 * SECOND, null);
    await read(sql, 35 * SECOND, UNKNOWN, { told });
    assert.deepEqual(await stays(sql), [[30, null]]);
    await read(sql, 40 * SECOND, 32 * SECOND);
    assert.deepEqual(await stays(sql), [[32, null]], "the event's second");
  });
  await withDatabase(async ({ sql }) => {
    await read(sql, 10 * SECOND, null);
    await read(sql, 35 * SECOND, UNKNOWN, { told });
    await read(sql, 4_000 * SECOND, 3_600 * SECOND);
    assert.deepEqual(await stays(sql), [[30, 3_600], [3_600, null]]);
  });
});

Deno.test("A stay that was seen to end is not taken for the one of who came back at an unknown time", async () => {
  await withDatabase(async ({ sql }) => {
    await read(sql, 10 * SECOND, UNKNOWN);
    const left = {
      kind: "left",
      memberId: "wm1",
      at: CREATED + 30 * SECOND,
    } as const;
    await read(sql, 35 * SECOND, null, {
      told: [{ ...left, scene: "left" }],
    });
    await read(sql, 60 * SECOND, UNKNOWN);
    assert.deepEqual(await stays(sql), [[0, 30], [60, null]]);
    await read(sql, 70 * SECOND, 50 * SECOND);
    assert.deepEqual(await stays(sql), [[0, 30], [50, null]]);
  });
});

Deno.test("Who is missing from one answer only has never left, known time of joining or not", async () => {
  for (const joined of [UNKNOWN, 4 * SECOND]) {
    await withDatabase(async ({ sql }) => {
      await read(sql, 10 * SECOND, joined);
      await read(sql, 20 * SECOND, null);
      await read(sql, 30 * SECOND, UNKNOWN);
      await read(sql, 40 * SECOND, joined);
      const expected = Math.max(0, joined / SECOND);
      assert.deepEqual(await stays(sql), [[expected, null]]);
    });
  }
});
