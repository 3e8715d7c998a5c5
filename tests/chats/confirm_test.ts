/** A reading that changes nothing: it writes no group, and counts all the same. */
import assert from "node:assert/strict";
import { confirmChat } from "../../lib/chats/confirm.ts";
import {
  announceChange,
  findChat,
  markDismissed,
  markRefused,
  saveChat,
} from "../../lib/chats/mirror.ts";
import { beginReading, type Reading } from "../../lib/store/reading.ts";
import type { Sql } from "../../lib/store/database.ts";
import { seededRandom } from "../../lib/sandbox/ids.ts";
import type { GroupChat } from "../../lib/wecom/mod.ts";
import { withDatabase } from "../support/database.ts";

const CREATED = Date.parse("2026-11-20T02:00:00Z");
let time = CREATED;
const now = () => time += 1_000;

const chat = (
  name: string,
  members: readonly string[] = ["d1"],
): GroupChat => ({
  chatId: "wr1",
  name,
  ownerWxUserId: "d1",
  createTime: CREATED,
  memberVersion: members.join(),
  members: members.map((userId) => ({
    userId,
    type: userId.startsWith("wm") ? "external" : "member",
    joinTime: CREATED,
    joinScene: "invited",
    invitorWxUserId: null,
    name: userId,
    groupNickname: "",
    state: null,
  })),
  notice: "",
  adminWxUserIds: [],
  dropped: [],
});

const begin = (sql: Sql): Promise<Reading> => beginReading(sql, now);
const save = (sql: Sql, one: GroupChat, reading: Reading) =>
  sql.begin((sql) => saveChat(sql, one, reading));

/** Where the rows of the group lie: another place after any write. */
async function places(sql: Sql): Promise<unknown> {
  return await sql`
    select ctid::text, xmax::text from chat
    union all select ctid::text, xmax::text from chat_member`;
}

Deno.test("A reading of a group that is as it was writes none of its rows, and is its last reading", async () => {
  await withDatabase(async ({ sql }) => {
    await save(sql, chat("群", ["d1", "wm1"]), await begin(sql));
    const before = await places(sql);
    const reading = await begin(sql);
    assert.ok(await confirmChat(sql, chat("群", ["d1", "wm1"]), reading));
    assert.deepEqual(await places(sql), before);
    const found = await findChat(sql, "wr1");
    assert.equal(found?.reading, String(reading.number));
    assert.equal(found?.syncedAt.getTime(), reading.at.getTime());
  });
});

Deno.test("An answer from before a confirmation changes nothing of what was confirmed", async () => {
  await withDatabase(async ({ sql }) => {
    await save(sql, chat("群"), await begin(sql));
    const older = await begin(sql);
    assert.ok(await confirmChat(sql, chat("群"), await begin(sql)));
    assert.equal(await save(sql, chat("旧群"), older), null);
    assert.equal(
      await sql.begin((sql) => markDismissed(sql, "wr1", older)),
      null,
    );
    await sql.begin((sql) => markRefused(sql, "wr1", older));
    const found = await findChat(sql, "wr1");
    assert.deepEqual(
      [found?.name, found?.dismissedAt, found?.refusedAt],
      ["群", null, null],
    );
    assert.ok(await save(sql, chat("新群"), await begin(sql)));
    assert.equal((await findChat(sql, "wr1"))?.name, "新群");
  });
});

Deno.test("What is otherwise, or waits for a reading that is written, is not confirmed", async () => {
  await withDatabase(async ({ sql }) => {
    const older = await begin(sql);
    assert.equal(await confirmChat(sql, chat("群"), older), false);
    await save(sql, chat("群"), await begin(sql));
    for (
      const other of [
        chat("别的群"),
        chat("群", ["d1", "wm1"]),
        { ...chat("群"), ownerWxUserId: "d2" },
        { ...chat("群"), memberVersion: "2" },
      ]
    ) assert.equal(await confirmChat(sql, other, await begin(sql)), false);
    // The mirror has a later reading.
    assert.equal(await confirmChat(sql, chat("群"), older), false);
    await announceChange(sql, "wr1");
    assert.equal(await confirmChat(sql, chat("群"), await begin(sql)), false);
  });
});

Deno.test("Whatever comes in whichever order, written or confirmed: the mirror has the latest of it", async () => {
  await withDatabase(async ({ sql }) => {
    const random = seededRandom(11);
    const pick = <T>(from: readonly T[]): T =>
      from[Math.floor(random() * from.length)] as T;
    let truth = chat("一");
    const asked: { reading: Reading; answer: GroupChat }[] = [];
    let latest = { number: 0, name: "", members: 0 };
    let confirmed = 0;
    for (let step = 0; step < 400; step++) {
      if (random() < 0.5) {
        truth = pick([chat("一"), chat("二", ["d1", "wm1"])]);
      }
      if (random() < 0.5) {
        asked.push({ reading: await begin(sql), answer: truth });
        continue;
      }
      const one = pick(asked);
      if (!one) continue;
      asked.splice(asked.indexOf(one), 1);
      const { reading, answer } = one;
      const night = random() < 0.6;
      if (night && await confirmChat(sql, answer, reading)) confirmed++;
      else await save(sql, answer, reading);
      if (reading.number > latest.number) {
        const { name, members } = answer;
        latest = { number: reading.number, name, members: members.length };
      }
      const found = await findChat(sql, "wr1");
      const [present] = await sql<{ n: number }[]>`
        select count(*)::int as n from chat_member where left_at is null`;
      assert.deepEqual(
        [Number(found?.reading), found?.name, present?.n],
        [latest.number, latest.name, latest.members],
        `step ${step}`,
      );
    }
    assert.ok(confirmed > 10, `${confirmed}`);
  });
});

Deno.test("Of an older answer and a confirmation at the same moment the confirmed state stays", async () => {
  await withDatabase(async ({ sql }) => {
    for (let turn = 0; turn < 20; turn++) {
      await save(sql, chat("群"), await begin(sql));
      const older = await begin(sql);
      const newer = await begin(sql);
      const [, confirmed] = await Promise.all([
        save(sql, chat("旧群"), older),
        confirmChat(sql, chat("群"), newer),
      ]);
      // Not confirmed: the older one came first, and the night writes its own.
      if (!confirmed) await save(sql, chat("群"), newer);
      assert.equal((await findChat(sql, "wr1"))?.name, "群", `${turn}`);
    }
  });
});
