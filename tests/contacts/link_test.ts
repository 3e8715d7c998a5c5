/**
 * What choosing a contact by hand writes into its remark, what choosing again
 * takes out, and from whom the order's number is kept.
 */
import assert from "node:assert/strict";
import { type TestApp, withApp } from "../support/app.ts";
import {
  order,
  PHONE,
  prepare,
  pushAll,
  withStubbedApp,
  world,
} from "../support/company.ts";

const LANDLINE = "0571-88888888";

interface Linked {
  externalUserId: string;
  name: string;
  writtenBack: boolean;
  reason?: string;
  msg?: string;
}

async function link(
  app: TestApp,
  externalUserId: string,
  { as = "d1", ...over }: Record<string, unknown> = {},
): Promise<Linked> {
  const input = { orderId: "O1", externalUserId, ...over };
  const answer = await app.as(String(as)).flow("customer.link", input);
  assert.equal(answer.status, 200, JSON.stringify(answer));
  const linked = answer.data as unknown as Linked;
  assert.equal(linked.writtenBack, linked.reason === undefined);
  assert.equal(Boolean(linked.msg), !linked.writtenBack);
  return linked;
}

/** The numbers in this person's remark, as WeCom has them. */
function remark(app: TestApp, externalUserId: string, userId = "d1") {
  return app.sandbox.world.state.follows.get(userId)?.get(externalUserId)
    ?.remarkMobiles;
}

function three(customers = ["丙", "丁", "戊"]) {
  return world(customers.map((name) => ({ of: "d1", name })));
}

Deno.test("A wrong pick leaves nothing of the order in the remark", async () => {
  const { seed, ids } = world([
    { of: "d1", name: "丙", remarkMobiles: [LANDLINE] },
    { of: "d1", name: "丁" },
    { of: "d1", name: "戊" },
  ]);
  await withApp({ seed }, async (app) => {
    const [c = "", d = "", e = ""] = ids;
    await pushAll(app, [order({ customerPhone: `${PHONE} 021-51234567转8` })]);
    assert.equal((await link(app, c)).writtenBack, true);
    assert.deepEqual(remark(app, c), [LANDLINE, PHONE, "02151234567-8"]);
    await link(app, d);
    assert.deepEqual(remark(app, c), [LANDLINE], "what was there stays");
    assert.deepEqual(remark(app, d), [PHONE, "02151234567-8"]);
    await link(app, e, { writeNumber: false });
    assert.deepEqual(remark(app, d), [], "the whole list is cleared");
    assert.deepEqual(remark(app, e), []);
    // And the mirror knows: nobody matches by a number that is gone.
    const phones = await app.services.sql`
      select 1 from contact_phone where external_user_id in (${d}, ${e})`;
    assert.equal(phones.length, 0);
  });
});

Deno.test("Of two picks at once only the one that counts holds the number", () =>
  withStubbedApp(async ({ app, stub }) => {
    stub.follow("d1", "wm2", "丙");
    stub.follow("d1", "wm3", "丁");
    await pushAll(app, [order({ customerPhone: "13700000066" })]);
    const begun = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    stub.spoil = async (path, said) => {
      if (!path.endsWith("/remark") || !said.includes("wm2")) return undefined;
      begun.resolve();
      await second.promise;
      return undefined;
    };
    const first = link(app, "wm2");
    await begun.promise;
    assert.equal((await link(app, "wm3")).writtenBack, true);
    second.resolve();
    assert.equal((await first).reason, "not_chosen");
    const held = (id: string) =>
      stub.contacts.get("d1")?.find((one) =>
        one.external_contact.external_userid === id
      )?.follow_info.remark_mobiles;
    // An empty text is how a list is cleared (doc 92115).
    assert.deepEqual([held("wm2"), held("wm3")], [[""], ["13700000066"]]);
  }));

Deno.test("What a person has changed since is left as it is", async () => {
  const { seed, ids } = three();
  await withApp({ seed }, async (app) => {
    const [c = "", d = ""] = ids;
    await pushAll(app);
    await link(app, c);
    const typed = [`${PHONE}（微信同号）`, "13900000000"];
    app.sandbox.world.staffEditsRemark({
      userId: "d1",
      externalUserId: c,
      remarkMobiles: typed,
    });
    await link(app, d);
    assert.deepEqual(remark(app, c), typed);
    assert.deepEqual(remark(app, d), [PHONE]);
  });
});

Deno.test("A number that stood there before is not ours to take out", async () => {
  const { seed, ids } = world([
    { of: "d1", name: "丙", remarkMobiles: [PHONE] },
    { of: "d1", name: "丁" },
  ]);
  await withApp({ seed }, async (app) => {
    const [c = "", d = ""] = ids;
    await pushAll(app);
    assert.equal((await link(app, c)).writtenBack, true);
    assert.deepEqual(remark(app, c), [PHONE]);
    await link(app, d);
    assert.deepEqual(remark(app, c), [PHONE]);
  });
});

Deno.test("A number that the order lost goes when the same contact is chosen anew", async () => {
  const { seed, ids } = three();
  await withApp({ seed }, async (app) => {
    const [c = ""] = ids;
    await pushAll(app);
    await link(app, c);
    await pushAll(app, [order({ customerPhone: "13700000077" })]);
    await link(app, c);
    assert.deepEqual(remark(app, c), ["13700000077"]);
  });
});

Deno.test("Only clean numbers are written, and only where it is asked for", async () => {
  const { seed, ids } = three();
  await withApp({ seed }, async (app) => {
    const [c = ""] = ids;
    const told = async (customerPhone: string, over = {}) => {
      await pushAll(app, [order({ customerPhone })]);
      return (await link(app, c, over)).reason;
    };
    assert.equal(await told("136****1234"), "no_number");
    assert.equal(await told(""), "no_number");
    assert.equal(await told("113512345678213987654321"), "no_number");
    assert.equal(await told("13512345678-9100"), "shared_number");
    assert.equal(await told("400-820-8820"), "shared_number");
    assert.equal(await told(PHONE, { writeNumber: false }), "not_asked");
    assert.deepEqual(remark(app, c), []);
    assert.equal(await told(`${PHONE} / 13512345678-9100`), undefined);
    assert.deepEqual(remark(app, c), [PHONE]);
  });
});

Deno.test("Who is not on the order links, but reads no number of it", async () => {
  const { seed, ids } = world([{ of: "op", name: "运营自己的微信" }]);
  await withApp({ seed }, async (app) => {
    const [own = ""] = ids;
    await pushAll(
      app,
      [1, 2, 3, 4].map((n) =>
        order({ orderId: `O${n}`, customerPhone: `1381234800${n}` })
      ),
    );
    for (const orderId of ["O1", "O2", "O3", "O4"]) {
      const linked = await link(app, own, { orderId, as: "op" });
      assert.equal(linked.reason, "not_on_order");
      const match = await app.as("op").flow("customer.match", { orderId });
      assert.equal(match.data.status, "matched", "the link holds");
    }
    assert.deepEqual(remark(app, own, "op"), []);
  });
});

Deno.test("A contact holds the number of one order", async () => {
  const { seed, ids } = three();
  await withApp({ seed }, async (app) => {
    const [c = ""] = ids;
    const orderIds = ["O1", "O2", "O3"];
    await pushAll(
      app,
      orderIds.map((orderId, n) =>
        order({ orderId, customerPhone: `1381234800${n}` })
      ),
    );
    // At once, as a script would.
    const linked = await Promise.all(
      orderIds.map((orderId) => link(app, c, { orderId })),
    );
    assert.deepEqual(linked.map((one) => one.reason ?? "written").sort(), [
      "other_order",
      "other_order",
      "written",
    ]);
    assert.equal(remark(app, c)?.length, 1);
  });
});

Deno.test("A person writes no more than twenty numbers a day", async () => {
  const { seed, ids } = three(Array.from({ length: 22 }, (_, n) => `客户${n}`));
  let at = Date.now();
  await withApp({ seed, now: () => at }, async (app) => {
    await pushAll(
      app,
      ids.map((_, n) =>
        order({ orderId: `O${n}`, customerPhone: String(13812348000 + n) })
      ),
    );
    const told: (string | undefined)[] = [];
    for (const [n, id] of ids.slice(0, 21).entries()) {
      told.push((await link(app, id, { orderId: `O${n}` })).reason);
    }
    assert.deepEqual(told.slice(0, 20), Array(20).fill(undefined));
    assert.equal(told[20], "too_many");
    at += 25 * 60 * 60_000;
    const later = await link(app, ids[21] ?? "", { orderId: "O21" });
    assert.equal(later.writtenBack, true);
  });
});

Deno.test("When the group is made, whom the person picked gets the number", async () => {
  const { seed, ids } = world([
    { of: "d1", name: "丙" },
    { of: "d1", name: "丁", remarkMobiles: [PHONE] },
  ]);
  await withApp({ seed }, async (app) => {
    const [picked = "", matched = ""] = ids;
    const spelled = "138-1234-8001";
    await pushAll(app, [
      order({ customerPhone: "13900000000" }),
      order({ orderId: "O2", customerPhone: `${PHONE} ${spelled}` }),
    ]);
    await link(app, picked, { writeNumber: false });
    for (const [orderId, customer] of [["O1", picked], ["O2", matched]]) {
      const made = await prepare(app, customer ?? "", "d1", orderId);
      const chatId = app.sandbox.world.staffCreatesChat({
        userId: "d1",
        groupName: made.groupName,
        userIds: made.userIds,
        externalUserIds: made.externalUserIds,
      });
      const input = { orderId, intentId: made.intentId, chatId };
      // Told twice, written once.
      for (let turn = 0; turn < 2; turn++) {
        const answer = await app.as("d1").flow("group.record", input);
        assert.equal(answer.data.status, "active", JSON.stringify(answer));
      }
    }
    assert.deepEqual(remark(app, picked), ["13900000000"]);
    assert.deepEqual(remark(app, matched), [PHONE], "nobody picked by hand");
  });
});

Deno.test("The audit log tells the contact, and what became of the number", async () => {
  const { seed, ids } = world([
    { of: "d1", name: "丙" },
    { of: "d1", name: "丁" },
    { of: "d2", name: "别人的客户" },
  ]);
  await withApp({ seed }, async (app) => {
    const [c = "", d = "", foreign = ""] = ids;
    await pushAll(app);
    await link(app, c);
    await link(app, d, { writeNumber: false });
    const input = { orderId: "O1", externalUserId: foreign };
    await app.as("d1").flow("customer.link", input);
    const rows = await app.services.sql<
      {
        action: string;
        outcome: string;
        orderId: string | null;
        detail: Record<string, unknown>;
      }[]
    >`
      select action, outcome, order_id, detail from audit_log
      where action like 'customer.%' order by audit_id`;
    assert.ok(rows.every((row) => row.orderId === "O1"));
    assert.deepEqual(rows.map((row) => [row.action, row.outcome, row.detail]), [
      ["customer.link", "done", { externalUserId: c, writeNumber: true }],
      ["customer.number_written", "done", { externalUserId: c }],
      ["customer.link", "done", { externalUserId: d, writeNumber: false }],
      ["customer.number_taken_out", "done", { externalUserId: c }],
      ["customer.link", "refused", {
        externalUserId: foreign,
        writeNumber: true,
        error: "FORBIDDEN",
      }],
    ]);
    const sealed = await app.services.sql<{ all: string }[]>`
      select string_agg(w::text, ' ') as all from written_number w`;
    assert.doesNotMatch(sealed[0]?.all ?? "", new RegExp(PHONE));
    assert.doesNotMatch(app.logText(), new RegExp(PHONE));
  });
});
