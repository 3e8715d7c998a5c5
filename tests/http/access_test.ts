/** Who may do what: every route and flow against every kind of person. */
import assert from "node:assert/strict";
import { launchIntent } from "../support/intents.ts";
import { ERRORS } from "../../lib/http/errors.ts";
import { type TestApp, withApp } from "../support/app.ts";
import { order, pushAll, world } from "../support/company.ts";

const PEOPLE = [
  "nobody",
  "stranger",
  "d1",
  "d2",
  "p1",
  "op",
  "ad",
  "boss",
  "gone",
] as const;
type Person = typeof PEOPLE[number];
/** In the order of PEOPLE: an error's name, or "ok" for anything that got in. */
type Row = readonly string[];

const OWN: Row = [
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "ok",
  // Who may not see the order is told what is told of none.
  "ORDER_NOT_FOUND",
  "ok",
  "ok",
  "ok",
  "ok",
  "FORBIDDEN",
];
const STAFF_ONLY: Row = OWN.map((cell, at) => at === 3 ? "ok" : cell);
const BOSSES: Row = OWN.map((cell, at) =>
  at === 3 || at === 4 ? "FORBIDDEN" : cell
);
const OVERSEERS: Row = OWN.map((cell, at) =>
  at >= 2 && at <= 4 ? "FORBIDDEN" : cell
);

const FLOWS: Record<string, { input: Record<string, unknown>; row: Row }> = {
  "order.get": { input: { orderId: "O1" }, row: OWN },
  "orders.list": { input: {}, row: STAFF_ONLY },
  "contacts.list": { input: { wxUserId: "d1" }, row: BOSSES.with(2, "ok") },
  "contact.get": { input: { externalUserId: "wmX" }, row: STAFF_ONLY },
  "customer.match": { input: { orderId: "O1" }, row: OWN },
  "customer.link": {
    input: { orderId: "O1", externalUserId: "wmX" },
    row: OWN,
  },
  "group.prepare": {
    input: { orderId: "O1", customerExternalUserId: "wmX" },
    row: OWN,
  },
  "group.record": { input: { orderId: "O1", intentId: "none" }, row: OWN },
  "group.link": { input: { orderId: "O1", chatId: "wrX" }, row: OWN },
  "group.get": { input: { orderId: "O1" }, row: OWN },
  "sidebar.customer": { input: { externalUserId: "wmX" }, row: STAFF_ONLY },
  "sidebar.group": { input: { chatId: "wrX" }, row: STAFF_ONLY },
  "sync.run": { input: {}, row: OVERSEERS },
  "sync.latest": { input: {}, row: OVERSEERS },
  "deadLetters.list": { input: {}, row: OVERSEERS },
  "deadLetters.replay": { input: { taskId: "7" }, row: OVERSEERS },
  "nothing.such": { input: {}, row: STAFF_ONLY },
};

/** Past the door, each flow may have its own reasons to refuse. */
const INSIDE: Record<string, readonly string[]> = {
  "contact.get": ["FORBIDDEN"],
  "customer.match": ["NO_CUSTOMER_CONTACT_PERMISSION"],
  "customer.link": ["FORBIDDEN"],
  "group.prepare": ["FORBIDDEN"],
  "group.record": ["VALIDATION_FAILED"],
  "group.link": ["CHAT_REJECTED", "NO_CUSTOMER_CONTACT_PERMISSION"],
  "group.get": ["GROUP_NOT_FOUND"],
  "sidebar.customer": ["FORBIDDEN"],
  "sidebar.group": ["GROUP_NOT_FOUND"],
  // Somebody before has just run it.
  "sync.run": ["RATE_LIMITED"],
  "deadLetters.replay": ["NOT_FOUND"],
  "nothing.such": ["FLOW_NOT_FOUND"],
};

async function company(fn: (app: TestApp) => Promise<void>): Promise<void> {
  const { seed } = world();
  await withApp({ seed, env: { ADMIN_USERIDS: "boss, ad" } }, async (app) => {
    await pushAll(app, [order(), order({ orderId: "O2" })]);
    await app.services.staff.upsert({
      staff: [{ wxUserId: "gone", name: "离职", role: "admin" }],
    });
    await app.services
      .sql`update staff set departed_at = now() where wx_user_id = 'gone'`;
    await fn(app);
  });
}

const as = (app: TestApp, person: Person) =>
  app.as(person === "nobody" ? null : person);

Deno.test("Each flow lets in exactly the people it is for", () =>
  company(async (app) => {
    const wrong: string[] = [];
    for (const [name, { input, row }] of Object.entries(FLOWS)) {
      for (const [at, person] of PEOPLE.entries()) {
        const answer = await as(app, person).flow(name, input);
        const wanted = row[at] ?? "";
        const inside = INSIDE[name] ?? [];
        const got = answer.code === 1 || inside.includes(answer.error ?? "") &&
            wanted === "ok"
          ? "ok"
          : answer.error ?? "";
        if (got !== wanted) {
          wrong.push(`${name} as ${person}: ${answer.error ?? "ok"}`);
        }
        if (answer.code === 0) {
          const { error = "", ...rest } = answer;
          const [status] = ERRORS[error as keyof typeof ERRORS];
          assert.equal(answer.status, status, `${name} ${error}`);
          assert.equal(
            (rest as unknown as { requestId: string }).requestId,
            answer.headers.get("x-request-id"),
          );
          assert.match(answer.msg ?? "", /[\u4e00-\u9fff]/);
        }
      }
    }
    assert.deepEqual(wrong, []);
  }));

Deno.test("Each page lets in exactly the people it is for", () =>
  company(async (app) => {
    const FORBIDDEN = 403;
    const own = [302, FORBIDDEN, 200, 404, 200, 200, 200, 200, FORBIDDEN];
    const all = own.with(3, 200);
    const pages: [string, number[]][] = [
      ["/orders/O1/group", own],
      ["/create-customer-group.html?orderId=O1", own],
      ["/", all],
      ["/sidebar", all],
      [
        "/api/wecom/signature?url=http%3A%2F%2Flocalhost%3A8000%2F",
        all.with(0, 401),
      ],
      // Of those who may, "boss" by ADMIN_USERIDS.
      ["/admin/settings", [404, 404, 404, 404, 404, 404, 200, 200, 404]],
    ];
    for (const [path, statuses] of pages) {
      for (const [at, person] of PEOPLE.entries()) {
        const response = await as(app, person).fetch(path);
        const body = await response.text();
        assert.equal(response.status, statuses[at], `${path} as ${person}`);
        if (response.status === 302) {
          assert.equal(
            response.headers.get("location"),
            `/auth/login?next=${encodeURIComponent(path)}`,
          );
        }
        if (response.status === 403 && !path.startsWith("/api")) {
          assert.match(body, /data-testid="error-FORBIDDEN"/);
        }
      }
    }
  }));

Deno.test("What a person may not see is answered like what is not there", () =>
  company(async (app) => {
    const theirs = (await launchIntent(app.services.sql, "O1", "d1")).intentId;
    const d2 = app.as("d2");
    const told = async (flow: string, input: Record<string, unknown>) => {
      const { status, error, msg, details } = await d2.flow(flow, input);
      return { status, error, msg, details };
    };
    const more: Record<string, Record<string, unknown>> = {
      "customer.link": { externalUserId: "wmX" },
      "group.preview": { customerExternalUserId: "wmX" },
      "group.prepare": { customerExternalUserId: "wmX" },
      "group.link": { chatId: "wrX" },
      "order.watch": { version: "" },
      "group.record": { intentId: theirs },
    };
    for (
      const flow of [
        ...["order.get", "customer.match", "customer.code", "group.get"],
        ...["order.remind", ...Object.keys(more)],
      ]
    ) {
      const input = more[flow] ?? {};
      assert.deepEqual(
        await told(flow, { ...input, orderId: "O1" }),
        await told(flow, { ...input, orderId: "nothing" }),
        flow,
      );
    }
    for (const flow of ["group.cancel", "group.record"]) {
      const input = flow === "group.record" ? { orderId: "nothing" } : {};
      assert.deepEqual(
        await told(flow, { ...input, intentId: theirs }),
        await told(flow, { ...input, intentId: "nothing" }),
        flow,
      );
    }
    const pages = await Promise.all(
      ["/orders/O1/group", "/orders/nothing/group"].map(async (path) => {
        const response = await d2.fetch(path);
        const html = await response.text();
        return [
          response.status,
          html.replaceAll(/编号 [\w-]+|nonce="\w+"/g, ""),
        ];
      }),
    );
    assert.deepEqual(pages[0], pages[1]);
    const rows = await app.services.sql`
      select distinct detail ->> 'error' as error from audit_log
      where actor = 'd2' and order_id = 'O1' and outcome = 'refused'`;
    assert.deepEqual(rows.map((row) => row.error), ["FORBIDDEN"]);
  }));

Deno.test("A change of role or a departure holds from the next request", () =>
  company(async (app) => {
    const { sql, staff } = app.services;
    const d2 = app.as("d2");
    assert.equal((await d2.flow("order.get", { orderId: "O1" })).status, 404);
    await staff.upsert({
      staff: [{ wxUserId: "d2", name: "周", role: "operator" }],
    });
    assert.equal((await d2.flow("order.get", { orderId: "O1" })).status, 200);
    await sql`update staff set departed_at = now() where wx_user_id = 'd2'`;
    assert.equal((await d2.flow("orders.list")).error, "FORBIDDEN");
  }));

Deno.test("Refusals and changes are in the audit log, reading is not", () =>
  company(async (app) => {
    await app.as("d1").flow("order.get", { orderId: "O1" });
    await app.as("d2").flow("order.get", { orderId: "O1" });
    const rows = await app.services.sql`
      select actor, action, subject, order_id, outcome, detail from audit_log
      where actor <> 'erp'`;
    assert.deepEqual(rows.map((row) => ({ ...row })), [{
      actor: "d2",
      action: "order.get",
      subject: "O1",
      orderId: "O1",
      outcome: "refused",
      detail: { error: "FORBIDDEN" },
    }]);
  }));

Deno.test("Nobody cancels a colleague's creation but operator and admin", () =>
  company(async (app) => {
    const make = async () => {
      await app.services.sql`update group_intent set state = 'cancelled'`;
      return (await launchIntent(app.services.sql, "O1", "d1")).intentId;
    };
    for (
      const [person, status] of [["p1", 403], ["d2", 400], ["d1", 200], [
        "op",
        200,
      ], ["ad", 200]] as const
    ) {
      const intentId = await make();
      const answer = await app.as(person).flow("group.cancel", { intentId });
      assert.equal(answer.status, status, person);
      const again = await app.as("d1").flow("group.cancel", { intentId });
      assert.equal(again.status, 200, "cancelling twice is no error");
    }
  }));
