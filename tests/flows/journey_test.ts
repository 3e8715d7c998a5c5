/**
 * The whole way, against the independent WeCom: signing in, the push, the
 * match, the group, and that nothing secret was said to anybody meanwhile.
 */
import assert from "node:assert/strict";
import { ERP_TOKEN, ORIGIN, type TestApp, withApp } from "../support/app.ts";
import { order, PHONE, pushAll } from "../support/company.ts";
import { stubEnv, type StubWecom, withStub } from "../support/stub_wecom.ts";
import { Visitor } from "../support/visitor.ts";

const OTHER_PHONE = "13700001111";

/** Everything that was answered, headers included, except what keys carry. */
function listen(
  app: TestApp,
): { send(request: Request): Promise<Response>; heard: string[] } {
  const heard: string[] = [];
  return {
    heard,
    async send(request) {
      const response = await app.handler(request);
      const headers = [...response.headers].filter(([name]) =>
        name !== "set-cookie"
      );
      heard.push(headers.map((pair) => pair.join(": ")).join("\n"));
      const copy = response.clone();
      heard.push(await copy.text());
      return response;
    },
  };
}

function secrets(app: TestApp, stub: StubWecom): Record<string, string> {
  const { config } = app.services;
  return {
    phone: PHONE,
    "other phone": OTHER_PHONE,
    secret: stub.secret,
    token: stub.token,
    "corp ticket": stub.corpTicket,
    "agent ticket": stub.agentTicket,
    "session secret": config.sessionSecret.reveal(),
    "data key": config.dataKey.reveal(),
    "ERP token": ERP_TOKEN,
  };
}

Deno.test("From the push to the recorded group, with nothing secret in any answer or log", () =>
  withStub((stub, base) =>
    withApp({ env: stubEnv(stub, base) }, async (app) => {
      stub.follow("d1", "wm1", "王女士", [` +86 138-1234 8000 `, OTHER_PHONE]);
      stub.follow("d1", "wm2", "别人", ["13900000000"]);
      await pushAll(app);
      const { send, heard } = listen(app);
      const designer = new Visitor(send, ORIGIN);
      stub.codes.set("login-code-1234567890", { userid: "d1" });
      await designer.signIn("login-code-1234567890", "/orders/O1/group");
      for (
        const path of [
          "/",
          "/orders/O1/group",
          "/create-customer-group.html?orderId=O1",
        ]
      ) {
        const response = await designer.fetch(path);
        assert.equal(response.status, 200);
        assert.match(await response.text(), /138\*\*\*\*8000/);
      }
      const list = await designer.flow("orders.list");
      const [listed] = list.data.orders as Record<string, unknown>[];
      assert.equal(listed?.matchState, "matched");
      assert.equal(listed?.customerPhone, "138****8000");

      const match = await designer.flow("customer.match", { orderId: "O1" });
      assert.equal(match.data.status, "matched");
      const [candidate] = match.data.candidates as Record<string, unknown>[];
      assert.equal(candidate?.externalUserId, "wm1");
      assert.equal(candidate?.phone, "138****8000");
      assert.equal(candidate?.addedAt, "2026-05-28T20:26:40.000Z");

      const prepared = await designer.flow("group.prepare", {
        orderId: "O1",
        customerExternalUserId: "wm1",
      });
      const { intentId, groupName, userIds, externalUserIds } = prepared
        .data as {
          intentId: string;
          groupName: string;
          userIds: string[];
          externalUserIds: string[];
        };
      assert.deepEqual([groupName, userIds, externalUserIds], [
        "王女士-服务群",
        ["d1", "p1"],
        ["wm1"],
      ]);
      assert.ok(Date.parse(String(prepared.data.expiresAt)) > Date.now());
      const pending = await designer.flow("group.get", { orderId: "O1" });
      assert.equal(pending.data.status, "pending");

      const chatId = stub.create("d1", groupName, userIds, externalUserIds);
      const report = { orderId: "O1", intentId, chatId };
      const recorded = await designer.flow("group.record", report);
      assert.deepEqual(recorded.data, {
        success: true,
        chatId,
        groupName,
        status: "active",
      });
      const again = await designer.flow("group.record", report);
      assert.deepEqual(
        again.data,
        recorded.data,
        "recording twice is the same",
      );

      const group = await designer.flow("group.get", { orderId: "O1" });
      assert.equal(group.data.chatId, chatId);
      assert.equal(group.data.status, "active");
      assert.equal(group.data.customerJoined, true);
      assert.equal((group.data.members as unknown[]).length, 3);
      const got = await designer.flow("order.get", { orderId: "O1" });
      assert.deepEqual(got.data.group, { chatId, groupName, status: "active" });
      const more = await designer.flow("group.prepare", {
        orderId: "O1",
        customerExternalUserId: "wm1",
      });
      assert.deepEqual(more.data, { existing: { chatId, groupName } });
      await designer.flow("contacts.list");
      await designer.flow("order.get", { orderId: "nothing" });
      await designer.fetch("/readyz");
      await designer.fetch(
        "/api/wecom/signature?url=" + encodeURIComponent(`${ORIGIN}/`),
      );
      stub.spoil = (path) =>
        path === "externalcontact/batch/get_by_user"
          ? new Response(null, { status: 500 })
          : undefined;
      await designer.flow("customer.match", { orderId: "O1", refresh: true });

      const said = heard.join("\n");
      const logged = app.logText();
      assert.ok(logged.length > 500);
      for (const [name, value] of Object.entries(secrets(app, stub))) {
        assert.ok(value.length > 8, name);
        assert.ok(!said.includes(value), `${name} in an answer`);
        assert.ok(!logged.includes(value), `${name} in the log`);
      }
      const session = designer.cookies.get("session") ?? "";
      assert.ok(
        session && !said.includes(session) && !logged.includes(session),
      );
      assert.ok(!logged.includes("login-code-1234567890"));
      assert.doesNotMatch(logged, /[?&](code|state|access_token|url)=/);
      const stored = await app.services.sql`
        select o::text as row from customer_order o
        union all select c::text from contact_phone c
        union all select a::text from audit_log a
        union all select f::text from contact_follow f`;
      assert.ok(
        !JSON.stringify(stored).includes(PHONE),
        "in the clear in the database",
      );
    })
  ));

Deno.test("Each order is asked for once: the ERP's answers have the names of the contract", () =>
  withStub((stub, base) =>
    withApp({ env: stubEnv(stub, base) }, async (app) => {
      await pushAll(app, [
        order({ projectManagerWxUserId: "d1" }),
        order({ orderId: "O2", projectManagerWxUserId: "", storeName: null }),
      ]);
      stub.follow("d1", "wm1", "王女士", [PHONE]);
      const one = await app.as("d1").flow("order.get", { orderId: "O1" });
      assert.deepEqual(one.data, {
        orderId: "O1",
        orderNo: "SO-001",
        designerWxUserId: "d1",
        designerName: "陈设计",
        projectManagerWxUserId: "d1",
        projectManagerName: "陈设计",
        customerName: "王女士",
        customerPhone: "138****8000",
        storeName: "滨江店",
        createdAt: "2026-11-20T02:00:00.000Z",
        group: null,
      });
      const two = await app.as("d1").flow("order.get", { orderId: "O2" });
      assert.equal(two.data.projectManagerWxUserId, null);
      assert.equal(two.data.projectManagerName, null);
      const prepared = await app.as("d1").flow("group.prepare", {
        orderId: "O1",
        customerExternalUserId: "wm1",
      });
      assert.deepEqual(
        prepared.data.userIds,
        ["d1"],
        "one person in two roles is one member",
      );
    })
  ));
