/** Answers that cross, and clocks that differ: the mirror keeps the latest. */
import assert from "node:assert/strict";
import {
  announceChange,
  findChat,
  markDismissed,
  saveChat,
} from "../../lib/chats/mirror.ts";
import { keepReading } from "../../lib/groups/chat_facts.ts";
import type { GroupChat } from "../../lib/wecom/mod.ts";
import { beginReading } from "../../lib/store/reading.ts";
import { withDatabase } from "../support/database.ts";

const CREATED = Date.parse("2026-11-20T02:00:00Z");
/** Clocks of two instances, a minute apart. */
const fast = () => CREATED + 120_000;
const slow = () => CREATED + 60_000;

const chat = (name: string): GroupChat => ({
  chatId: "wr1",
  name,
  ownerWxUserId: "d1",
  createTime: CREATED,
  memberVersion: name,
  members: [],
  notice: "",
  adminWxUserIds: [],
  dropped: [],
});

Deno.test("A reading that began later is kept, though its clock is behind and it came first", async () => {
  await withDatabase(async ({ sql }) => {
    const older = await beginReading(sql, fast);
    const newer = await beginReading(sql, slow);
    assert.ok(await saveChat(sql, chat("新名字"), newer));
    assert.equal(await saveChat(sql, chat("旧名字"), older), null);
    assert.equal((await findChat(sql, "wr1"))?.name, "新名字");
    const newest = await beginReading(sql, slow);
    assert.ok(await saveChat(sql, chat("又改了"), newest));
    assert.equal((await findChat(sql, "wr1"))?.name, "又改了");
  });
});

Deno.test("An answer from before a dissolution does not bring the group back, nor the reverse", async () => {
  await withDatabase(async ({ sql }) => {
    await saveChat(sql, chat("群"), await beginReading(sql, slow));
    const before = await beginReading(sql, fast);
    const gone = await beginReading(sql, slow);
    assert.equal((await markDismissed(sql, "wr1", gone))?.dismissed, true);
    assert.equal(await saveChat(sql, chat("群"), before), null);
    assert.ok((await findChat(sql, "wr1"))?.dismissedAt);
    const older = await beginReading(sql, fast);
    await saveChat(sql, chat("群"), await beginReading(sql, slow));
    assert.equal(await markDismissed(sql, "wr1", older), null);
    assert.equal((await findChat(sql, "wr1"))?.dismissedAt, null);
  });
});

Deno.test("An announced change is open until a reading that began after it", async () => {
  await withDatabase(async ({ sql }) => {
    await saveChat(sql, chat("群"), await beginReading(sql, slow));
    const before = await beginReading(sql, fast);
    await announceChange(sql, "wr1");
    await saveChat(sql, chat("群"), before);
    assert.ok((await findChat(sql, "wr1"))?.announced);
    await saveChat(sql, chat("群"), await beginReading(sql, slow));
    assert.equal((await findChat(sql, "wr1"))?.announced, null);
  });
});

Deno.test("A group that was thought dissolved comes back beside the order's new one, without it", async () => {
  await withDatabase(async ({ sql }) => {
    const at = new Date(CREATED);
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
    await saveChat(sql, chat("旧群"), await beginReading(sql, slow));
    await sql`update chat set order_id = 'O1'`;
    await markDismissed(sql, "wr1", await beginReading(sql, slow));
    const second = { ...chat("新群"), chatId: "wr2" };
    await saveChat(sql, second, await beginReading(sql, slow));
    await sql`update chat set order_id = 'O1' where chat_id = 'wr2'`;

    const reading = await beginReading(sql, slow);
    const changes = await keepReading(sql, chat("旧群"), reading, {
      via: "page",
    });
    assert.deepEqual([changes?.orderId, changes?.lostOrderId], [null, "O1"]);
    const back = await findChat(sql, "wr1");
    assert.deepEqual([back?.orderId, back?.dismissedAt], [null, null]);
    assert.equal((await findChat(sql, "wr2"))?.orderId, "O1");
    const told = await sql`
      select subject from audit_log where action = 'group.unbound'`;
    assert.deepEqual(told.map((row) => row.subject), ["O1"]);
    // Alone, it comes back with its order.
    await markDismissed(sql, "wr2", await beginReading(sql, slow));
    await saveChat(sql, second, await beginReading(sql, slow));
    assert.equal((await findChat(sql, "wr2"))?.orderId, "O1");
  });
});

Deno.test("A new owner is not taken for one who left, as the former one was", async () => {
  await withDatabase(async ({ sql }) => {
    await saveChat(sql, chat("群"), await beginReading(sql, slow));
    await sql`update chat set owner_status = 'owner_left'`;
    await saveChat(sql, chat("群"), await beginReading(sql, slow));
    assert.equal((await findChat(sql, "wr1"))?.ownerStatus, "owner_left");
    const heir = { ...chat("群"), ownerWxUserId: "d2" };
    await saveChat(sql, heir, await beginReading(sql, slow));
    assert.equal((await findChat(sql, "wr1"))?.ownerStatus, "normal");
  });
});
