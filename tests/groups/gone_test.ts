/** A chat that a later reading found dissolved becomes nobody's group. */
import assert from "node:assert/strict";
import { bind } from "../../lib/groups/bind.ts";
import { markDismissed } from "../../lib/chats/mirror.ts";
import { AppError } from "../../lib/http/errors.ts";
import { beginReading } from "../../lib/store/reading.ts";
import { readChat } from "../../lib/chats/read_chat.ts";
import { create, three } from "./scene.ts";

Deno.test("A group that was dissolved between its reading and the binding is not bound", () =>
  three(async (scene) => {
    const { sql, wecom, now } = scene.app.services;
    const chatId = create(scene);
    await scene.app.as("d1").flow("group.preview", {
      orderId: "O1",
      customerExternalUserId: "wm1",
    });
    const answer = await readChat({ sql, wecom, now }, chatId);
    assert.ok(answer.kind === "present");
    const later = await beginReading(sql, now);
    await sql.begin((sql) => markDismissed(sql, chatId, later));
    await assert.rejects(
      bind({ sql, now }, {
        orderId: "O1",
        intent: null,
        chat: answer.chat,
        reading: answer.reading,
        cause: { actor: "d1", via: "link" },
        evidence: "person",
      }),
      (error) => error instanceof AppError && error.error === "CHAT_REJECTED",
    );
    const rows = await sql`select 1 from chat where order_id is not null`;
    assert.equal(rows.length, 0);
  }));
