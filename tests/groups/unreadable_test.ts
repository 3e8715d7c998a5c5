/**
 * A group that WeCom does not show says nothing of the others: its owner's groups
 * are looked at all the same, and it is offered to nobody until it is read again.
 */
import assert from "node:assert/strict";
import { prepare } from "../support/company.ts";
import { create, record, three } from "./scene.ts";

const INPUT = { orderId: "O1", customerExternalUserId: "wm1" };

/** Of a group: what WeCom answers for it, and whether that is its end. */
const REFUSED = [
  40050,
  40058,
  48011,
  49008,
  60011,
  84074,
  90501,
  90509,
  987654,
];

for (const code of REFUSED) {
  Deno.test(`One group of the owner that WeCom refuses with ${code} stops no creation`, () =>
    three(async (scene) => {
      const { app, stub } = scene;
      const chatId = create(scene, "d1", ["wm4"], ["d1"]);
      // The stub lists what it does not refuse: this one is listed and refused.
      stub.spoil = (path, said) =>
        path.endsWith("groupchat/get") && said.includes(chatId)
          ? refuse(code)
          : undefined;
      const first = await prepare(app, "wm1");
      assert.ok(first.intentId);
      const made = create(scene);
      const done = await record(scene, { intentId: first.intentId });
      assert.equal(done.data.chatId, made, "a group without a report is found");
    }));

  Deno.test(`A group that was offered and is refused with ${code} is not offered again`, () =>
    three(async (scene) => {
      const { app, stub } = scene;
      const byHand = create(scene, "d1", ["wm1"], ["d1"]);
      const offered = await app.as("d1").flow("group.prepare", INPUT);
      assert.equal(existingOf(offered.data), byHand);
      stub.spoil = (path, said) =>
        path.endsWith("groupchat/get") && said.includes(byHand)
          ? refuse(code)
          : undefined;
      const link = { orderId: "O1", chatId: byHand };
      const refused = await app.as("d1").flow("group.link", link);
      assert.equal(refused.code, 0);
      const words = WORDS[code];
      if (words) {
        assert.equal(refused.error, "CHAT_REJECTED");
        assert.match(refused.msg ?? "", words);
      }
      const again = await app.as("d1").flow("group.prepare", INPUT);
      assert.equal(existingOf(again.data), undefined);
      assert.ok(again.data.intentId);
    }));
}

const WORDS: Readonly<Record<number, RegExp>> = {
  40050: /没有这个客户群，可能已经解散/,
  49008: /没有这个客户群，可能已经解散/,
  90501: /不是客户群/,
  90509: /不是客户群/,
};

Deno.test("A group that WeCom shows again is offered again", () =>
  three(async (scene) => {
    const { app, stub } = scene;
    const byHand = create(scene, "d1", ["wm1"], ["d1"]);
    await app.as("d1").flow("group.prepare", INPUT);
    stub.spoil = (path) =>
      path.endsWith("groupchat/get") ? refuse(60011) : undefined;
    await app.as("d1").flow("group.link", { orderId: "O1", chatId: byHand });
    stub.spoil = null;
    // As after the moment for which a young group counts as known.
    await app.services
      .sql`update chat set synced_at = now() - interval '5 seconds'`;
    const again = await app.as("d1").flow("group.prepare", INPUT);
    assert.equal(existingOf(again.data), byHand);
  }));

for (const code of [90501, 90509]) {
  Deno.test(`A report of what is no customer group (${code}) is refused as that, for good`, () =>
    three(async (scene) => {
      const { app, stub } = scene;
      const { intentId } = await prepare(app, "wm1");
      const chatId = create(scene);
      const chat = stub.chats.get(chatId) ?? assert.fail("no chat");
      chat.errcode = code;
      const refused = await record(scene, { intentId, chatId });
      assert.equal(refused.error, "CHAT_REJECTED");
      assert.match(refused.msg ?? "", /不是客户群/);
      assert.deepEqual(refused.details, { reason: "unknown", final: true });
    }));
}

function refuse(errcode: number): Response {
  return Response.json({ errcode, errmsg: "no", group_chat: {} });
}

function existingOf(data: unknown): string | undefined {
  return (data as { existing?: { chatId: string } }).existing?.chatId;
}
