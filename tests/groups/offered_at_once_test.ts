/**
 * A group that somebody made by hand is offered when the page opens, of the record
 * alone: to who owns it, while nothing else may come to be the order's group.
 */
import assert from "node:assert/strict";
import { loadGroupPage } from "../../lib/groups/page.ts";
import { offeredAtOnce } from "../../lib/groups/hand_made.ts";
import { PHONE, type StubbedApp } from "../support/company.ts";
import { create, three } from "./scene.ts";

const PERSON = { name: "", role: "designer" as const, storeName: null };

async function offered({ app }: StubbedApp, wxUserId = "d1", orderId = "O1") {
  const { services } = app;
  const actor = { ...PERSON, wxUserId };
  const url = `${services.config.publicOrigin}/orders/${orderId}/group`;
  const caller = { actor, requestId: "r" };
  const page = await loadGroupPage(services, caller, orderId, url);
  return page.existing?.chatId;
}

const LOOK = { orderId: "O1", customerExternalUserId: "wm1" };

Deno.test("A group made by hand is offered when its owner opens the page, and no call is made for it", () =>
  three(async (scene) => {
    const byHand = create(scene, "d1", ["wm1"], ["d1"]);
    assert.equal(await offered(scene), undefined, "nobody has seen it yet");
    await scene.app.as("d1").flow("group.preview", LOOK);
    const before = scene.stub.calls.length;
    assert.equal(await offered(scene), byHand);
    assert.equal(scene.stub.calls.length, before);
    const { data } = await scene.app.as("d1").flow("order.watch", {
      orderId: "O1",
      version: "another",
    });
    const now = data.now as { existing?: { chatId: string } };
    assert.equal(now.existing?.chatId, byHand, "an open page hears of it, too");
  }));

Deno.test("It is offered to nobody else, and not beside a creation or a group", () =>
  three(async (scene) => {
    const { app, stub } = scene;
    stub.follow("p1", "wm1", "王女士", [PHONE]);
    const byHand = create(scene, "d1", ["wm1"], ["d1"]);
    await app.as("d1").flow("group.preview", LOOK);
    assert.equal(await offered(scene, "p1"), undefined);
    const begun = await app.as("d1").flow("group.prepare", {
      ...LOOK,
      force: true,
      attempt: "page-1",
    });
    assert.equal(
      await offered(scene),
      undefined,
      "it may be what comes of that",
    );
    const { intentId } = begun.data;
    await app.as("d1").flow("group.cancel", { intentId });
    assert.equal(await offered(scene), byHand);
    await app.as("d1").flow("group.link", { orderId: "O1", chatId: byHand });
    assert.equal(await offered(scene), undefined);
  }));

Deno.test("What another order's creation may have made is offered to no other, also when its lease is over", () =>
  three(async (scene) => {
    const { app } = scene;
    const { sql } = app.services;
    const wish = { ...LOOK, orderId: "O2", attempt: "page-2" };
    await app.as("d1").flow("group.preview", { ...LOOK, orderId: "O2" });
    await app.as("d1").flow("group.prepare", wish);
    const made = create(scene, "d1", ["wm1"], ["d1"]);
    await app.as("d1").flow("group.preview", LOOK);
    assert.equal(await offered(scene), undefined, "under way");
    for (
      const [what, ago, chatId] of [
        ["its page may be alive", 20, undefined],
        ["its client cannot have made this one", 2 * 24 * 60, made],
      ] as const
    ) {
      await sql`update group_intent set
        created_at = now() - ${ago + 10} * interval '1 minute',
        expires_at = now() - ${ago} * interval '1 minute'`;
      assert.equal(await offered(scene), chatId, what);
    }
  }));

Deno.test("Of a couple's groups the one with both comes first, and nobody's who has to be chosen", () => {
  const group = (chatId: string, externalUserId: string) => ({
    chatId,
    externalUserId,
    groupName: chatId,
    createdAt: "2026-11-22T03:00:00.000Z",
    memberCount: 3,
    linkable: true,
    offer: { title: "", text: "" },
  });
  const around = [
    group("newest", "man"),
    group("both", "man"),
    group("both", "wife"),
    group("strangers", "other"),
  ];
  const match = (status: "matched" | "ambiguous", ...ids: string[]) =>
    ({
      status,
      candidates: ids.map((externalUserId) => ({ externalUserId })),
    }) as Parameters<typeof offeredAtOnce>[1];
  const of = (...args: Parameters<typeof match>) =>
    offeredAtOnce(around, match(...args))?.chatId;
  assert.equal(of("matched", "man", "wife"), "both");
  assert.equal(of("matched", "man"), "newest");
  assert.equal(of("matched", "nobody"), undefined);
  assert.equal(of("ambiguous", "man"), undefined);
  assert.equal(offeredAtOnce(around, null), null);
});
