/** What a run of a flow leaves in the audit log: once, and with its order. */
import assert from "node:assert/strict";
import { createRefusals } from "../../lib/audit/refusals.ts";
import { createTrail } from "../../lib/flows/trail.ts";
import { RIGHTS } from "../../lib/flows/rights.ts";
import { AppError } from "../../lib/http/errors.ts";
import { OutageError, type Sql } from "../../lib/store/database.ts";
import { WecomError } from "../../lib/wecom/mod.ts";
import { prepare, pushAll, withStubbedApp } from "../support/company.ts";
import { withDatabase } from "../support/database.ts";
import { z } from "zod";

const CALLER = {
  actor: {
    wxUserId: "d1",
    name: "陈设计",
    role: "designer",
    storeName: null,
  },
  requestId: "r1",
} as const;

const CHANGING = {
  summary: "…",
  who: RIGHTS.actOnOrder,
  input: z.object({ orderId: z.string() }),
  output: z.object({}),
  changes: true,
  detail: () => ({ code: 7 }),
  run: () => Promise.resolve({}),
};

function trailOn(sql: Sql, flow = CHANGING) {
  const now = () => Date.parse("2026-11-26T08:00:00Z");
  const refusals = createRefusals({ sql, now });
  const trail = createTrail(
    { sql, now, refusals },
    flow,
    CALLER,
    "order.change",
    {
      orderId: "O1",
    },
  );
  trail.onOrder("O1");
  return trail;
}

async function told(sql: Sql) {
  const rows = await sql`
    select actor, action, subject, order_id, outcome, request_id, detail
    from audit_log where actor <> 'erp' order by audit_id`;
  return rows.map((row) => ({ ...row }));
}

const DONE = {
  actor: "d1",
  action: "order.change",
  subject: "O1",
  orderId: "O1",
  outcome: "done",
  requestId: "r1",
};

Deno.test("A success that its transaction tells is not told again", () =>
  withDatabase(async ({ sql }) => {
    const trail = trailOn(sql);
    await sql.begin((sql) => trail.audited(sql, { more: true }));
    await trail.done({});
    assert.deepEqual(await told(sql), [
      { ...DONE, detail: { code: 7, more: true } },
    ]);
  }));

Deno.test("What changes something leaves a row, whether its transaction tells or not", () =>
  withDatabase(async ({ sql }) => {
    await trailOn(sql).done({});
    assert.deepEqual(await told(sql), [{ ...DONE, detail: { code: 7 } }]);
  }));

Deno.test("A change that was rolled back is no success, and its refusal is told", () =>
  withDatabase(async ({ sql }) => {
    const trail = trailOn(sql);
    const refusal = new AppError("CHAT_BOUND_TO_OTHER_ORDER");
    await assert.rejects(sql.begin(async (sql) => {
      await trail.audited(sql);
      throw refusal;
    }));
    await trail.failed(refusal);
    assert.deepEqual(await told(sql), [{
      ...DONE,
      outcome: "refused",
      detail: { code: 7, error: "CHAT_BOUND_TO_OTHER_ORDER" },
    }]);
  }));

Deno.test("A fault of ours is told as a failure, without its text", () =>
  withDatabase(async ({ sql }) => {
    await trailOn(sql).failed(new Error("password=secret"));
    assert.deepEqual(await told(sql), [{
      ...DONE,
      outcome: "failed",
      detail: { code: 7, error: "INTERNAL" },
    }]);
  }));

Deno.test("What failed is told by the name that the person was told, whoever failed", () =>
  withDatabase(async ({ sql }) => {
    const outage = new OutageError("CONNECTION_CLOSED", "It broke off");
    await trailOn(sql).failed(outage);
    await trailOn(sql).failed(
      new WecomError("no privilege", {
        ...{ endpoint: "externalcontact/get", errcode: 60011 },
        ...{ failure: "errcode", remedy: "config", advice: "…" },
        errorName: "NO_CUSTOMER_CONTACT_PERMISSION",
      }),
    );
    assert.deepEqual(
      (await told(sql)).map((row) => {
        const { outcome, detail } = row as {
          outcome: string;
          detail: { error: string };
        };
        return [outcome, detail.error];
      }),
      [
        ["failed", "DATABASE_UNAVAILABLE"],
        ["refused", "NO_CUSTOMER_CONTACT_PERMISSION"],
      ],
    );
  }));

Deno.test("Reading leaves a row when it is forbidden, and for nothing else", () =>
  withDatabase(async ({ sql }) => {
    const reading = { ...CHANGING, changes: false };
    await trailOn(sql, reading).done({});
    await trailOn(sql, reading).failed(new AppError("GROUP_NOT_FOUND"));
    assert.deepEqual(await told(sql), []);
    await trailOn(sql, reading).failed(new AppError("FORBIDDEN"));
    assert.equal((await told(sql)).length, 1);
  }));

Deno.test("The same report again and again is one row for each outcome", () =>
  withStubbedApp(async ({ app, stub }) => {
    const { intentId } = await prepare(app, "wm1");
    const d1 = app.as("d1");
    const report = { orderId: "O1", intentId };
    for (let turn = 0; turn < 3; turn++) {
      const answer = await d1.flow("group.record", report);
      assert.equal(answer.data.status, "searching", JSON.stringify(answer));
    }
    const chatId = stub.create("d1", "王女士-服务群", ["d1", "p1"], ["wm1"]);
    for (let turn = 0; turn < 3; turn++) {
      const answer = await d1.flow("group.record", { ...report, chatId });
      assert.equal(answer.data.status, "active", JSON.stringify(answer));
    }
    const rows = (await told(app.services.sql))
      .filter((row) => row.action === "group.record");
    assert.deepEqual(
      rows.map(({ outcome, orderId, detail }) => [outcome, orderId, detail]),
      [
        ["done", "O1", { intentId, chatId: null, status: "searching" }],
        ["done", "O1", { intentId, chatId, status: "searching" }],
        ["done", "O1", { intentId, chatId, status: "active" }],
      ],
    );
  }));

Deno.test("A page that asks for the same lease again leaves one row", () =>
  withStubbedApp(async ({ app }) => {
    const input = {
      orderId: "O1",
      customerExternalUserId: "wm1",
      attempt: "a",
    };
    const [first, again] = [
      await app.as("d1").flow("group.prepare", input),
      await app.as("d1").flow("group.prepare", input),
    ];
    const { intentId } = first.data;
    assert.ok(intentId, JSON.stringify(first));
    assert.equal(again.data.intentId, intentId);
    const rows = (await told(app.services.sql))
      .filter((row) => row.action === "group.prepare");
    assert.deepEqual(rows.map(({ outcome, detail }) => [outcome, detail]), [
      ["done", { attempt: "a", intentId }],
    ]);
  }));

Deno.test("A success stands in the transaction of its change, with the request's id in both", () =>
  withStubbedApp(async ({ app, stub }) => {
    const d1 = app.as("d1");
    const run = async (name: string, input: Record<string, unknown>) => {
      const answer = await d1.flow(name, { orderId: "O1", ...input });
      assert.equal(answer.code, 1, JSON.stringify(answer));
      return answer.data;
    };
    const customerExternalUserId = "wm1";
    await run("customer.link", {
      externalUserId: "wm1",
      writeNumber: false,
    });
    const given = await run("group.prepare", {
      customerExternalUserId,
      attempt: "a",
    });
    await run("group.cancel", { intentId: given.intentId });
    await run("group.preview", { customerExternalUserId });
    const { intentId } = await run("group.prepare", {
      customerExternalUserId,
      attempt: "b",
    });
    const chatId = stub.create("d1", "王女士-服务群", ["d1", "p1"], ["wm1"]);
    await run("group.record", { intentId, chatId });
    const rows = await app.services.sql<{ action: string; kinds: string[] }[]>`
      select told.action, array_agg(event.kind order by event.event_id) as kinds
      from audit_log told join order_event event
        on event.xmin = told.xmin and event.request_id = told.request_id
          and event.actor = told.actor
      where told.actor = 'd1' and told.action !~ '^group.bound'
      group by told.audit_id order by told.audit_id`;
    assert.deepEqual(rows.map(({ action, kinds }) => [action, kinds]), [
      ["customer.link", ["customer_chosen"]],
      ["group.prepare", ["prepared", "asked"]],
      ["group.cancel", ["ended"]],
      ["group.prepare", ["prepared", "asked"]],
      ["group.record", ["reported"]],
      ["group.record", ["bound", "customer_chosen"]],
    ]);
  }));

Deno.test("Each entry about an order tells which, though the flow was told only a creation", () =>
  withStubbedApp(async ({ app }) => {
    const { intentId } = await prepare(app, "wm1");
    await app.as("p1").flow("group.cancel", { intentId });
    await app.as("d1").flow("group.cancel", { intentId });
    await app.as("d1").flow("group.cancel", { intentId: "none" });
    const rows = (await told(app.services.sql))
      .filter((row) => row.action === "group.cancel");
    assert.deepEqual(
      rows.map((row) => [row.actor, row.outcome, row.orderId, row.subject]),
      [
        ["p1", "refused", "O1", "O1"],
        ["d1", "done", "O1", "O1"],
        ["d1", "refused", null, "none"],
      ],
    );
  }));

Deno.test("A role that the ERP sets is told with the one before, and the same push leaves nothing", () =>
  withStubbedApp(async ({ app }) => {
    const { sql, staff } = app.services;
    let read = 0;
    const roles = async () => {
      const rows = await sql`
        select audit_id::int, actor, subject, detail from audit_log
        where action = 'staff.role_set' and audit_id > ${read}
        order by audit_id`;
      read = rows.at(-1)?.auditId ?? read;
      return rows.map(({ actor, subject, detail }) => [actor, subject, detail])
        .toSorted();
    };
    assert.equal((await roles()).length, 5, "all are new");
    await pushAll(app);
    assert.deepEqual(await roles(), [], "nothing changed");
    await sql`update staff set departed_at = now() where wx_user_id = 'd2'`;
    await staff.upsert({
      staff: [
        { wxUserId: "P1", name: "吴经理", role: "operator" },
        { wxUserId: "d1", name: "改名", role: "designer" },
        { wxUserId: "d2", name: "周设计", role: "designer" },
      ],
    });
    assert.deepEqual(await roles(), [
      ["erp", "P1", { from: "project_manager", to: "operator" }],
      ["erp", "d2", { from: "designer", to: "designer", returned: true }],
    ]);
  }));
