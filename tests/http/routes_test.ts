/** What every address does with every method, and what stands in its headers. */
import { onUpstream } from "../support/fresh.ts";
import assert from "node:assert/strict";
import { FLOWS } from "../../lib/flows/mod.ts";
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

Deno.test("Every answer has the security headers: pages, errors, assets, API", () =>
  company(async (app) => {
    const page = await (await app.as("d1").fetch("/")).text();
    const asset = /\/app\.css[^"]*/.exec(page)?.[0] ?? "";
    const script = /(\/_fresh\/[^"']+\.js)/.exec(page)?.[1] ??
      "/_fresh/none.js";
    const paths: [string, string | null][] = [
      ["/", "d1"],
      ["/", null],
      ["/nothing", "d1"],
      ["/orders/O1/group", "d2"],
      ["/orders/O1/group", "d1"],
      [asset, "d1"],
      [script, null],
      ["/api/openapi.json", "d1"],
      ["/api/nothing", null],
      ["/healthz", null],
      ["/auth/login", null],
    ];
    for (const [path, person] of paths) {
      const response = await app.as(person).fetch(path);
      await response.body?.cancel();
      const { headers } = response;
      assert.equal(headers.get("x-content-type-options"), "nosniff", path);
      assert.equal(headers.get("referrer-policy"), "same-origin", path);
      assert.ok(headers.get("content-security-policy"), path);
      assert.match(
        headers.get("content-security-policy") ?? "",
        /frame-ancestors 'none'/,
      );
      assert.doesNotMatch(
        headers.get("content-security-policy") ?? "",
        /script-src[^;]*'unsafe-inline'/,
        path,
      );
      assert.ok(headers.get("x-request-id"), path);
      assert.equal(
        headers.get("strict-transport-security"),
        null,
        "plain http",
      );
      assert.equal(headers.get("server"), null);
      assert.equal(headers.get("x-powered-by"), null);
      const cache = headers.get("cache-control") ?? "";
      if (!path.startsWith("/app.css") && !path.startsWith("/_fresh")) {
        assert.match(cache, /no-store/, path);
      }
    }
  }));

Deno.test("Behind https the answers say so, errors too", () =>
  company(async (app) => {
    for (const path of ["/", "/nothing", "/api/nothing", "/healthz"]) {
      const response = await app.as(null).fetch(path);
      await response.body?.cancel();
      assert.match(
        response.headers.get("strict-transport-security") ?? "",
        /max-age=\d{7,}/,
        path,
      );
    }
  }, { origin: "https://group.example.com" }));

Deno.test("Assets are kept for good, compressed, and answer 304 to who has them", () =>
  company(async (app) => {
    const page = await (await app.as("d1").fetch("/")).text();
    const path = /\/app\.css[^"]*/.exec(page)?.[0] ?? "";
    assert.notEqual(path, "");
    const first = await app.as(null).fetch(path, {
      headers: { "accept-encoding": "gzip, br" },
    });
    assert.equal(first.headers.get("content-encoding"), "br");
    assert.match(
      first.headers.get("cache-control") ?? "",
      /max-age=31536000, immutable/,
    );
    assert.match(first.headers.get("vary") ?? "", /accept-encoding/i);
    const etag = first.headers.get("etag") ?? "";
    const small = (await first.arrayBuffer()).byteLength;
    const plain = await app.as(null).fetch(path);
    assert.equal(plain.headers.get("content-encoding"), null);
    assert.ok((await plain.arrayBuffer()).byteLength > 2 * small);
    const again = await app.as(null).fetch(path, {
      headers: { "if-none-match": etag, "accept-encoding": "br" },
    });
    // Upstream sends what never changes once more.
    if (!onUpstream) assert.equal(again.status, 304);
    await again.body?.cancel();
    const gzip = await app.as("d1").fetch("/", {
      headers: { "accept-encoding": "gzip, br;q=0" },
    });
    assert.equal(gzip.headers.get("content-encoding"), "gzip");
    const stream = gzip.body?.pipeThrough(new DecompressionStream("gzip"));
    assert.match(await new Response(stream).text(), /<!DOCTYPE html>/i);
  }));

Deno.test("The API describes itself: every flow, every error, references that resolve", () =>
  company(async (app) => {
    const response = await app.as(null).fetch("/api/openapi.json");
    const text = await response.text();
    const document = JSON.parse(text);
    assert.match(document.openapi, /^3\.1/);
    assert.ok(document.info.title && document.info.version);
    for (const name of FLOWS.keys()) {
      assert.ok(text.includes(`"${name}"`), name);
    }
    for (
      const path of [
        "/api/runFlow",
        "/api/wecom/signature",
        "/api/erp/staff",
        "/api/erp/orders",
        "/healthz",
        "/readyz",
      ]
    ) {
      assert.ok(document.paths[path], path);
    }
    for (const [, ref = ""] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = ref.split("/").reduce((at, key) => at?.[key], document);
      assert.ok(found, ref);
    }
    const head = await app.as(null).fetch("/api/openapi.json", {
      method: "HEAD",
    });
    assert.equal(head.status, 200);
    await head.body?.cancel();
  }));

Deno.test("Foreign flow ids lead to our flows, and to nothing else", () =>
  company(async (app) => {
    const byAlias = await app.as("d1").flow("64af-order", { orderId: "O1" });
    assert.equal(byAlias.data.orderId, "O1");
    const dangling = await app.as("d1").flow("64af-gone", {});
    assert.equal(dangling.error, "FLOW_NOT_FOUND");
    for (
      const flowId of ["constructor", "__proto__", "toString", "", "order.get "]
    ) {
      const answer = await app.as("d1").flow(flowId, { orderId: "O1" });
      assert.equal(answer.error, "FLOW_NOT_FOUND", flowId);
    }
  }, {
    env: { FLOW_ALIASES: '{"64af-order":"order.get","64af-gone":"no.such"}' },
  }));

Deno.test("The domain's proof file is served, and no other", () =>
  company(async (app) => {
    const response = await app.as(null).fetch("/WW_verify_ab12.txt");
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "ab12=");
    const other = await app.as(null).fetch("/WW_verify_zz.txt");
    assert.equal(other.status, 404);
    await other.body?.cancel();
  }, { env: { WW_VERIFY: "WW_verify_ab12.txt=ab12=" } }));
