/** What a listing of contacts lacks is asked for before it is believed gone. */
import assert from "node:assert/strict";
import { requireFollowed } from "../../lib/contacts/link.ts";
import type { TestApp } from "../support/app.ts";
import { withStubbedApp } from "../support/company.ts";
import { ok, refuse, type StubWecom } from "../support/stub_wecom.ts";

const BATCH = "externalcontact/batch/get_by_user";
const GET = "externalcontact/get";

async function grown(app: TestApp, stub: StubWecom, count: number) {
  for (let at = 1; at < count; at++) stub.follow("d1", `wmX${at}`, `客户${at}`);
  await app.services.contactSync.refresh("d1");
  stub.calls.length = 0;
}

async function current(app: TestApp): Promise<Set<string>> {
  const rows = await app.services.sql<{ externalUserId: string }[]>`
    select external_user_id from contact_follow
    where wx_user_id = 'd1' and deleted_at is null`;
  return new Set(rows.map((row) => row.externalUserId));
}

/** The customer deletes or is deleted, and no callback comes. */
function drop(stub: StubWecom, ...ids: string[]): void {
  const mine = stub.contacts.get("d1") ?? [];
  stub.contacts.set(
    "d1",
    mine.filter((one) => !ids.includes(one.external_contact.external_userid)),
  );
}

Deno.test("A page that moved while it was read drops nobody who is there", () =>
  withStubbedApp(async ({ app, stub }) => {
    await grown(app, stub, 250);
    // After the first page one of its contacts goes: wmX100 is on no page then.
    stub.spoil = (path, said) => {
      if (path === BATCH && said.includes('"c100"')) drop(stub, "wmX7");
      return undefined;
    };
    await app.services.contactSync.refresh("d1");
    const now = await current(app);
    assert.ok(now.has("wmX100"), "it was skipped, not deleted");
    assert.equal(stub.count(GET), 1);
    stub.spoil = null;
    await app.services.contactSync.refresh("d1");
    assert.deepEqual(
      await current(app),
      new Set(["wm1"]).union(
        new Set(
          Array.from({ length: 249 }, (_, at) => `wmX${at + 1}`)
            .filter((id) => id !== "wmX7"),
        ),
      ),
    );
  }));

Deno.test("An answer without a list, or a contact the list does not show yet, empties nobody's contacts", () =>
  withStubbedApp(async ({ app, stub }) => {
    await grown(app, stub, 30);
    drop(stub, "wmX3");
    stub.spoil = (path) => path === BATCH ? Response.json({}) : undefined;
    await app.services.contactSync.refresh("d1");
    assert.ok((await current(app)).size >= 29);
    stub.spoil = (path) =>
      path === BATCH
        ? Response.json({})
        : path === GET
        ? refuse(-1)
        : undefined;
    await app.services.contactSync.refresh("d1");
    assert.ok((await current(app)).size >= 29, "not told is not gone");
    stub.spoil = null;
    await app.services.contactSync.refresh("d1");
    assert.equal((await current(app)).size, 29);
  }));

Deno.test("A saved cursor that leads behind the end is no complete listing", () =>
  withStubbedApp(async ({ app, stub }) => {
    await grown(app, stub, 250);
    stub.spoil = (path, said) =>
      path === BATCH && said.includes('"c200"') ? refuse(45009) : undefined;
    await assert.rejects(app.services.contactSync.refresh("d1"));
    await app.services.sql`update contact_sync set next_cursor = 'c9000'`;
    stub.spoil = null;
    const { seen } = await app.services.contactSync.refresh("d1");
    assert.equal(seen, 250, "read again from its start");
    assert.equal((await current(app)).size, 250);
  }));

Deno.test("Many who are gone at once cost a handful of questions", () =>
  withStubbedApp(async ({ app, stub }) => {
    await grown(app, stub, 300);
    drop(stub, ...Array.from({ length: 200 }, (_, at) => `wmX${at + 1}`));
    await app.services.contactSync.refresh("d1");
    assert.equal((await current(app)).size, 100);
    assert.equal(stub.count(GET), 20);
  }));

Deno.test("A contact added during the run stays, though its page had passed", () =>
  withStubbedApp(async ({ app, stub }) => {
    await grown(app, stub, 150);
    stub.spoil = async (path, said) => {
      if (path !== BATCH || !said.includes('"c100"')) return undefined;
      stub.spoil = null;
      stub.contacts.get("d1")?.push({
        external_contact: { external_userid: "wmNew", name: "新客户", type: 1 },
        follow_info: { userid: "d1", createtime: 1790000000 },
      });
      // As an event or a page does, that reads the one contact.
      await requireFollowed(app.services, "d1", "wmNew");
      // The list itself does not show it yet.
      drop(stub, "wmNew");
      return undefined;
    };
    await app.services.contactSync.refresh("d1");
    assert.ok((await current(app)).has("wmNew"));
    assert.equal((await current(app)).size, 151);
  }));

for (const code of [45009, 45033, -1, 40014]) {
  Deno.test(`${code} in the middle of a person's pages keeps what came, and drops nothing`, () =>
    withStubbedApp(async ({ app, stub }) => {
      await grown(app, stub, 250);
      drop(stub, "wmX249");
      stub.spoil = (path, said) =>
        path === BATCH && said.includes('"c100"') ? refuse(code) : undefined;
      for (let i = 0; i < 2; i++) {
        await assert.rejects(app.services.contactSync.refresh("d1"), {
          errcode: code,
        });
      }
      assert.equal((await current(app)).size, 250);
      stub.spoil = null;
      stub.bodies.length = 0;
      await app.services.contactSync.refresh("d1");
      const cursors = stub.bodies.filter(({ path }) => path === BATCH)
        .map(({ body }) => body.cursor);
      assert.deepEqual(cursors, ["c100", "c200"]);
      assert.equal((await current(app)).size, 249);
    }));
}

Deno.test("An empty list behind an error code drops nobody", () =>
  withStubbedApp(async ({ app, stub }) => {
    await grown(app, stub, 3);
    for (const code of [84074, 60011, 48002, 60111, 45009]) {
      stub.spoil = (path) => path === BATCH ? refuse(code) : undefined;
      await assert.rejects(app.services.contactSync.refresh("d1"), {
        errcode: code,
      });
    }
    assert.equal((await current(app)).size, 3);
    stub.spoil = (path) =>
      path === BATCH ? ok({ external_contact_list: [] }) : undefined;
    stub.followUsers.push("d1");
    await app.services.contactSync.refresh("d1");
    assert.equal(
      (await current(app)).size,
      3,
      "WeCom still knows each of them",
    );
  }));
