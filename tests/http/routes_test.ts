/** What every address does with every method. */
import { onUpstream } from "../support/fresh.ts";
import assert from "node:assert/strict";
import { type TestApp, withApp } from "../support/app.ts";
import { order, pushAll, world } from "../support/company.ts";

async function company(
  fn: (app: TestApp) => Promise<void>,
  options: Parameters<typeof withApp>[0] = {},
): Promise<void> {
  await withApp({ seed: world().seed, ...options }, async (app) => {
    await pushAll(app);
    await fn(app);
  });
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Upstream's router throws on these, before any middleware. */
const malformed = (...paths: string[]) => onUpstream ? [] : paths;

Deno.test("A method that a route of the API lacks is 405 and says what is allowed", () =>
  company(async (app) => {
    const routes = {
      "/api/runFlow": ["POST"],
      "/api/wecom/signature": ["GET", "HEAD"],
      "/api/erp/staff": ["POST"],
      "/api/erp/orders": ["POST"],
      "/api/openapi.json": ["GET", "HEAD"],
      "/api/contacts/sync": ["POST"],
    };
    for (const [path, allowed] of Object.entries(routes)) {
      for (const method of METHODS) {
        const response = await app.as("d1").fetch(path, { method });
        const text = await response.text();
        const name = `${method} ${path}`;
        if (method === "OPTIONS") {
          assert.equal(response.status, 204, name);
          assert.match(response.headers.get("allow") ?? "", /OPTIONS/);
        } else if (!allowed.includes(method)) {
          assert.equal(response.status, 405, name);
          if (method !== "HEAD") {
            assert.equal(JSON.parse(text).error, "METHOD_NOT_ALLOWED");
          }
          const allow = (response.headers.get("allow") ?? "").split(", ");
          for (const one of allowed) assert.ok(allow.includes(one), name);
        } else assert.ok(response.status < 500, name);
      }
    }
  }));

Deno.test("An unknown address answers in the envelope under /api, as a page elsewhere", () =>
  company(async (app) => {
    for (
      const path of [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/runFlow/x",
        ...malformed("/api/%zz"),
      ]
    ) {
      for (const method of METHODS) {
        const response = await app.as("d1").fetch(path, { method });
        const text = await response.text();
        assert.equal(response.status, 404, `${method} ${path}`);
        if (method !== "HEAD") {
          assert.equal(JSON.parse(text).error, "NOT_FOUND", path);
        }
      }
    }
    const paths = [
      "/nothing",
      "/orders",
      "/orders/O1",
      "/a/b/c",
      ...malformed("/%zz"),
      "/%00",
      "/.env",
      "/..%2f..%2fetc%2fpasswd",
      "/sandboxed",
    ];
    for (const path of paths) {
      const response = await app.as("d1").fetch(path);
      const html = await response.text();
      assert.equal(response.status, 404, path);
      assert.match(html, /data-testid="error-NOT_FOUND"/);
    }
  }));

Deno.test("No method on any page ends in a server error", () =>
  company(async (app) => {
    for (
      const path of [
        "/",
        "/orders/O1/group",
        "/create-customer-group.html?orderId=O1",
        "/auth/login",
        "/auth/callback",
        "/auth/logout",
        "/healthz",
        "/readyz",
        "/admin/settings",
        "/x.txt",
      ]
    ) {
      for (const method of METHODS) {
        const response = await app.as("d1").fetch(path, { method });
        await response.body?.cancel();
        assert.ok(
          response.status < 500,
          `${method} ${path}: ${response.status}`,
        );
      }
    }
  }));

Deno.test("Odd ids in addresses are orders that do not exist", () =>
  company(async (app) => {
    const ids = [
      "%00",
      "a%00b",
      "%2F",
      "a%2Fb",
      ...malformed("%zz", "%E0%A4%A"),
      "x".repeat(65),
      "x".repeat(5000),
      "订单",
      "%F0%9F%92%A9",
      "'%20or%201=1--",
      "%22%3E%3Cscript%3E",
      "%2e%2e%2fO1",
      "__proto__",
      "constructor",
      "%20",
    ];
    for (const id of ids) {
      for (
        const path of [
          `/orders/${id}/group`,
          `/create-customer-group.html?orderId=${id}`,
        ]
      ) {
        const response = await app.as("ad").fetch(path);
        const html = await response.text();
        assert.equal(response.status, 404, path);
        assert.ok(
          !html.includes("<script>alert") && !html.includes('"><script'),
        );
      }
    }
    const none = await app.as("ad").fetch("/create-customer-group.html");
    assert.equal(none.status, 404);
    await none.body?.cancel();
  }));

Deno.test("A slash at the end leads to the same page, and a call is answered", () =>
  company(async (app) => {
    const pages: [string, string][] = [
      ["/orders/O1/group/", "/orders/O1/group"],
      ["/orders/O1/group//?a=1", "/orders/O1/group?a=1"],
      [
        "/create-customer-group.html/?orderId=O1",
        "/create-customer-group.html?orderId=O1",
      ],
      ["/auth/login/?next=%2F", "/auth/login?next=%2F"],
      ["//evil.example/", "/evil.example"],
    ];
    for (const [path, location] of pages) {
      const response = await app.as("d1").fetch(path);
      await response.body?.cancel();
      assert.deepEqual(
        [response.status, response.headers.get("location")],
        [308, location],
      );
    }
    const body = { flowId: "order.get", orderId: "O1" };
    for (const path of ["/api/runFlow/", "/api/runFlow//", "/api/runFlow/?x"]) {
      const flow = await app.as("d1").fetch(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      assert.equal(flow.status, 200, path);
      assert.equal((await flow.json()).data.orderId, "O1");
    }
    const document = await app.as(null).fetch("/api/openapi.json/");
    assert.equal(document.status, 200);
    await document.body?.cancel();
    const none = await app.as(null).fetch("/api/nothing/");
    assert.equal(none.status, 404);
    await none.body?.cancel();
  }));

Deno.test("The list leads to the page of every order, whatever its id is", async () => {
  const ids = [".", "..", "...", "a/b", "a b", "50%", "订单-1", "?", "a/../b"];
  await withApp({ seed: world().seed }, async (app) => {
    const orders = ids.map((orderId, at) =>
      order({ orderId, orderNo: `SO${at}` })
    );
    await pushAll(app, orders);
    const html = await (await app.as("d1").fetch("/")).text();
    const links = [...html.matchAll(/<a href="([^"]+)" data-testid="order-/g)]
      .map(([, href = ""]) => href.replaceAll("&amp;", "&"));
    assert.equal(links.length, ids.length);
    const opened = new Set<string>();
    for (const link of links) {
      const page = await app.as("d1").fetch(link);
      const text = await page.text();
      assert.equal(page.status, 200, link);
      opened.add(/<bdi>(SO\d)<\/bdi>/.exec(text)?.[1] ?? link);
    }
    assert.deepEqual(
      [...opened].sort(),
      orders.map(({ orderNo }) => orderNo).sort(),
    );
  });
});

Deno.test("An order's id may hold anything that an address can carry", async () => {
  const ids = [
    "SO/2026/1",
    "50%",
    "a b",
    "订单-1",
    "100%25",
    "a?b#c",
    "a&b=c",
    "..",
    "é",
  ];
  await withApp({ seed: world().seed }, async (app) => {
    await pushAll(
      app,
      ids.map((orderId) => order({ orderId, orderNo: `No-${orderId}` })),
    );
    for (const id of ids) {
      const encoded = encodeURIComponent(id);
      // A browser folds "..": only the query can carry it.
      const paths = [
        ...id === ".." ? [] : [`/orders/${encoded}/group`],
        `/create-customer-group.html?orderId=${encoded}`,
      ];
      for (const path of paths) {
        const response = await app.as("d1").fetch(path);
        await response.body?.cancel();
        assert.equal(response.status, 200, path);
      }
    }
  });
});
