/** Cursors of lists that stand still or go in a circle. */
import assert from "node:assert/strict";
import { createPaging } from "../../lib/wecom/paging.ts";
import { order, pushAll, withStubbedApp } from "../support/company.ts";
import { ok } from "../support/stub_wecom.ts";

const BATCH = "externalcontact/batch/get_by_user";
const GET = "externalcontact/get";
const garbage = { name: "WecomError", failure: "garbage" };

Deno.test("A cursor that does not move is an answer without sense; the last page has none", () => {
  const paging = createPaging({ name: "list" });
  assert.equal(paging("a"), "a");
  assert.throws(() => paging("a"), garbage);
  assert.equal(createPaging({ name: "list" })(null), undefined);
});

Deno.test("A circle of cursors is noticed when it closes, also where reading was resumed", () => {
  const begun = createPaging({ name: "list" });
  assert.equal(begun("a"), "a");
  assert.equal(begun("b"), "b");
  assert.throws(() => begun("a"), garbage);
  const resumed = createPaging({ name: "list" }, "a");
  assert.equal(resumed("b"), "b");
  assert.throws(() => resumed("a"), garbage);
  assert.equal(createPaging({ name: "list" }, "z")(null), undefined);
});

Deno.test("Cursors that are new each time have an end, which no real list reaches", () => {
  const paging = createPaging({ name: "list" });
  for (let page = 0; page < 5_000; page++) paging(`page ${page}`);
  assert.throws(() => paging("one more"), garbage);
});

Deno.test("Contacts whose pages go in a circle end with a clear answer and delete nothing", () =>
  withStubbedApp(async ({ app, stub }) => {
    for (let at = 0; at < 250; at++) {
      stub.follow("d1", `wm2-${at}`, `客户${at}`);
    }
    const ask = () =>
      app.as("d1").flow("customer.match", { orderId: "O1", refresh: true });
    assert.equal((await ask()).data.status, "matched");
    const before = stub.count(BATCH);
    stub.spoil = (path, said) =>
      path === BATCH
        ? ok({
          external_contact_list: [],
          next_cursor: said.includes('"left"') ? "right" : "left",
        })
        : undefined;
    for (let i = 0; i < 2; i++) {
      const answer = await ask();
      assert.deepEqual([answer.status, answer.error], [
        503,
        "WECOM_UNAVAILABLE",
      ]);
    }
    assert.ok(stub.count(BATCH) - before <= 9, String(stub.count(BATCH)));
    const rows = await app.services.sql`
      select 1 from contact_follow where deleted_at is null`;
    assert.equal(rows.length, 251);
    stub.spoil = null;
    assert.equal((await ask()).data.status, "matched", "and recover at once");
  }));

Deno.test("A contact whose followers come in a circle is refused with an answer, not for ever", () =>
  withStubbedApp(async ({ app, stub }) => {
    await pushAll(app, [order()]);
    stub.spoil = (path, said) =>
      path === GET
        ? ok({
          external_contact: { external_userid: "wm1", type: 1, name: "王女士" },
          follow_user: [{ userid: "p1" }],
          next_cursor: said.includes("left") ? "right" : "left",
        })
        : undefined;
    const answer = await app.as("d1").flow("customer.link", {
      orderId: "O1",
      externalUserId: "wm1",
    });
    assert.deepEqual([answer.status, answer.error], [503, "WECOM_UNAVAILABLE"]);
    assert.ok(stub.count(GET) <= 3);
  }));
