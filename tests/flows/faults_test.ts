/**
 * Whatever goes wrong at WeCom's side has a name of its own, wherever it meets
 * us. Every fault has a member, an order, a chat and a login code of its own, so
 * that all of them are tried at once.
 */
import assert from "node:assert/strict";
import { ORIGIN, push, type TestApp, withApp } from "../support/app.ts";
import { order } from "../support/company.ts";
import {
  refuse,
  stubEnv,
  type StubWecom,
  withStub,
} from "../support/stub_wecom.ts";
import { Visitor } from "../support/visitor.ts";

interface Fault {
  name: string;
  answer(): Response | Promise<Response>;
  error: string;
  status: number;
}

const code = (errcode: number, error: string, status: number): Fault => ({
  name: String(errcode).replace("-", "busy"),
  answer: () => refuse(errcode),
  error,
  status,
});
const wire = (name: string, answer: Fault["answer"]): Fault => ({
  name,
  answer,
  error: "WECOM_UNAVAILABLE",
  status: 503,
});

const FAULTS: Fault[] = [
  code(40001, "WECOM_CREDENTIALS_INVALID", 502),
  code(40013, "WECOM_CREDENTIALS_INVALID", 502),
  code(60020, "WECOM_IP_NOT_TRUSTED", 502),
  code(48002, "NO_CUSTOMER_CONTACT_PERMISSION", 403),
  code(60011, "NO_CUSTOMER_CONTACT_PERMISSION", 403),
  code(84074, "NO_CUSTOMER_CONTACT_PERMISSION", 403),
  code(45009, "RATE_LIMITED", 429),
  code(45033, "RATE_LIMITED", 429),
  code(-1, "WECOM_UNAVAILABLE", 503),
  code(99999, "WECOM_UNAVAILABLE", 503),
  wire("http500", () => new Response("oops", { status: 500 })),
  wire("http404", () => new Response(null, { status: 404 })),
  wire("html", () => new Response("<html>502 Bad Gateway</html>")),
  wire("empty", () => new Response("")),
  wire("array", () => new Response("[]")),
  wire("cut", () => new Response('{"errcode":0,"errmsg":"o')),
];

async function broken(
  fn: (app: TestApp, stub: StubWecom) => Promise<void>,
): Promise<void> {
  await withStub((stub, base) =>
    withApp({ env: stubEnv(stub, base) }, async (app) => {
      const staff = FAULTS.map(({ name }) => ({
        wxUserId: `u-${name}`,
        name,
        role: "designer",
      }));
      assert.equal((await push(app, "staff", { staff })).status, 200);
      const orders = FAULTS.map(({ name }) =>
        order({
          orderId: `O-${name}`,
          designerWxUserId: `u-${name}`,
          projectManagerWxUserId: null,
        })
      );
      assert.equal((await push(app, "orders", { orders })).status, 200);
      for (const { name } of FAULTS) {
        stub.follow(`u-${name}`, `wm-${name}`, name, ["13812348000"]);
      }
      await fn(app, stub);
    })
  );
}

/** Calls of `path` that name a fault's member, chat or code get that fault. */
function spoil(stub: StubWecom, path: string) {
  stub.spoil = (called, said) =>
    called === path
      ? FAULTS.find(({ name }) => new RegExp(`-${name}["&]`).test(said))
        ?.answer()
      : undefined;
}

function judge(
  fault: Fault,
  got: {
    status: number;
    error?: string;
    headers: Headers;
    details?: unknown;
    msg?: string;
  },
  where: string,
) {
  const name = `${fault.name} at ${where}: ${JSON.stringify(got)}`;
  assert.equal(got.error, fault.error, name);
  assert.equal(got.status, fault.status, name);
  assert.match(got.msg ?? "", /[\u4e00-\u9fff]/, name);
  if (fault.error === "RATE_LIMITED") {
    assert.match(got.headers.get("retry-after") ?? "", /^[1-9]\d*$/, name);
  }
  if (fault.error === "WECOM_IP_NOT_TRUSTED") {
    assert.equal((got.details as { ip?: string }).ip, "203.0.113.7");
    assert.ok(got.msg?.includes("203.0.113.7"), "the address is named");
  }
}

Deno.test("customer.match with refresh names each fault", () =>
  broken(async (app, stub) => {
    spoil(stub, "externalcontact/batch/get_by_user");
    await Promise.all(FAULTS.map(async (fault) => {
      const person = app.as(`u-${fault.name}`);
      const input = { orderId: `O-${fault.name}`, refresh: true };
      let got = await person.flow("customer.match", input);
      // They all stand in one line: what takes longer than 8 s is asked again.
      while (got.data?.status === "syncing") {
        got = await person.flow("customer.match", input);
      }
      judge(fault, got, "customer.match");
    }));
    assert.ok(
      stub.count("externalcontact/batch/get_by_user") < 60,
      "nobody hammers",
    );
    assert.equal(stub.count("gettoken"), 1);
  }));

Deno.test("The page is shown all the same and names the fault on it", () =>
  broken(async (app, stub) => {
    spoil(stub, "externalcontact/batch/get_by_user");
    await Promise.all(FAULTS.map(async ({ name, error }) => {
      const response = await app.as(`u-${name}`).fetch(
        `/orders/O-${name}/group`,
      );
      const html = await response.text();
      assert.equal(response.status, 200, name);
      assert.match(html, /data-testid="order-card"/);
      // What takes long is told later, by the page itself.
      assert.match(
        html,
        new RegExp(`error-${error}|data-testid="progress"`),
        name,
      );
    }));
    // Some are still being read behind the page.
    stub.spoil = null;
    const { contactSync } = app.services;
    await Promise.allSettled(
      FAULTS.map(({ name }) => contactSync.refresh(`u-${name}`)),
    );
  }));

Deno.test("A report that is stored is no error, whatever WeCom answers, and is recorded later", () =>
  broken(async (app, stub) => {
    const intents = new Map<string, string>();
    await Promise.all(FAULTS.map(async ({ name }) => {
      const designer = app.as(`u-${name}`);
      const { data } = await designer.flow("group.prepare", {
        orderId: `O-${name}`,
        customerExternalUserId: `wm-${name}`,
      });
      assert.ok(data.intentId, name);
      stub.chats.set(`wr-${name}`, {
        chat_id: `wr-${name}`,
        name: "群",
        owner: `u-${name}`,
        create_time: Math.floor(Date.now() / 1000),
        member_list: [
          { userid: `u-${name}`, type: 1, join_time: 1 },
          { userid: `wm-${name}`, type: 2, join_time: 1 },
        ],
      });
      intents.set(name, String(data.intentId));
    }));
    spoil(stub, "externalcontact/groupchat/get");
    await Promise.all(FAULTS.map(async ({ name }) => {
      const report = {
        orderId: `O-${name}`,
        intentId: intents.get(name),
        chatId: `wr-${name}`,
      };
      const stored = await app.as(`u-${name}`).flow("group.record", report);
      assert.equal(stored.status, 200, `${name}: ${JSON.stringify(stored)}`);
      const { success, chatId, status } = stored.data;
      assert.deepEqual([success, chatId, status], [true, null, "searching"]);
    }));
    stub.spoil = null;
    for (const { name } of FAULTS) {
      const report = {
        orderId: `O-${name}`,
        intentId: intents.get(name),
        chatId: `wr-${name}`,
      };
      const done = await app.as(`u-${name}`).flow("group.record", report);
      assert.equal(
        done.data.status,
        "active",
        `${name}: reported again, it is recorded`,
      );
    }
  }));

Deno.test("group.prepare stops at what somebody has to mend, not at a busy WeCom", () =>
  broken(async (app, stub) => {
    spoil(stub, "externalcontact/groupchat/list");
    await Promise.all(FAULTS.map(async (fault) => {
      const got = await app.as(`u-${fault.name}`).flow("group.prepare", {
        orderId: `O-${fault.name}`,
        customerExternalUserId: `wm-${fault.name}`,
      });
      if (["WECOM_UNAVAILABLE", "RATE_LIMITED"].includes(fault.error)) {
        assert.equal(got.status, 200, fault.name);
        assert.ok(got.data.intentId);
      } else judge(fault, got, "group.prepare");
    }));
  }));

Deno.test("Signing in names each fault on a page", () =>
  broken(async (app, stub) => {
    spoil(stub, "auth/getuserinfo");
    await Promise.all(FAULTS.map(async ({ name, error, status }) => {
      const visitor = new Visitor(app.handler, ORIGIN);
      const response = await visitor.signIn(`code-${name}`);
      assert.equal(response.status, status, name);
      const html = await response.text();
      assert.match(html, new RegExp(`data-testid="error-${error}"`), name);
      assert.equal(visitor.cookies.has("session"), false);
      if (error === "RATE_LIMITED") {
        assert.ok(response.headers.get("retry-after"));
      }
    }));
  }));

Deno.test("Without a token everything says why, the health checks too", async () => {
  const chosen = ["40001", "60020", "http500", "html"];
  for (const fault of FAULTS.filter(({ name }) => chosen.includes(name))) {
    await withStub((stub, base) =>
      withApp({ env: stubEnv(stub, base) }, async (app) => {
        stub.spoil = (path) => path === "gettoken" ? fault.answer() : undefined;
        await push(app, "staff", {
          staff: [{ wxUserId: "d1", name: "陈", role: "designer" }],
        });
        await push(app, "orders", { orders: [order()] });
        const ready = await app.as(null).fetch("/readyz");
        const body = await ready.json();
        assert.equal(ready.status, 200, "no other process would do better");
        assert.deepEqual(body.data.parts.token, {
          state: "failed",
          error: fault.error,
        });
        const health = await app.as(null).fetch("/healthz");
        assert.equal(health.status, 200);
        await health.body?.cancel();
        const match = await app.as("d1").flow("customer.match", {
          orderId: "O1",
        });
        judge(fault, match, "customer.match");
        const sign = await app.as("d1").fetch(
          `/api/wecom/signature?url=${encodeURIComponent(ORIGIN)}%2F`,
        );
        assert.equal((await sign.json()).error, fault.error);
        const page = await app.as("d1").fetch("/orders/O1/group");
        assert.equal(page.status, 200);
        assert.match(await page.text(), new RegExp(`error-${fault.error}`));
        if (fault.name === "40001") {
          assert.ok(
            stub.count("gettoken") <= 2,
            "a wrong secret is not tried on and on",
          );
        }
      })
    );
  }
});

Deno.test("Nobody there, and nobody answering, are WECOM_UNAVAILABLE", () =>
  withStub((stub, base) =>
    withApp({
      env: { ...stubEnv(stub, base), WECOM_API_BASE: "http://127.0.0.1:9" },
    }, async (app) => {
      await push(app, "staff", {
        staff: [{ wxUserId: "d1", name: "陈", role: "designer" }],
      });
      await push(app, "orders", { orders: [order()] });
      const got = await app.as("d1").flow("customer.match", { orderId: "O1" });
      assert.equal(got.error, "WECOM_UNAVAILABLE");
      assert.ok(got.headers.get("retry-after"));
      assert.ok(!app.logText().includes(stub.secret));
    })
  ));

Deno.test("A hanging WeCom becomes an answer within seconds", () =>
  broken(async (app, stub) => {
    const waiting: (() => void)[] = [];
    stub.spoil = (path) =>
      path === "auth/getuserinfo"
        ? new Promise((resolve) =>
          waiting.push(() => resolve(new Response("{}")))
        )
        : undefined;
    const began = performance.now();
    const response = await new Visitor(app.handler, ORIGIN).signIn("code-x");
    assert.equal(response.status, 503);
    await response.body?.cancel();
    assert.ok(performance.now() - began < 15_000);
    for (const go of waiting) go();
  }));
