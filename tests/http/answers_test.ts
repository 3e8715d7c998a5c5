/** What stands in the headers of every answer, and what the product says of itself. */
import { onUpstream } from "../support/fresh.ts";
import assert from "node:assert/strict";
import { FLOWS } from "../../lib/flows/mod.ts";
import { type TestApp, withApp } from "../support/app.ts";
import { pushAll, world } from "../support/company.ts";

async function company(
  fn: (app: TestApp) => Promise<void>,
  options: Parameters<typeof withApp>[0] = {},
): Promise<void> {
  await withApp({ seed: world().seed, ...options }, async (app) => {
    await pushAll(app);
    await fn(app);
  });
}

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
    // A build on disk has them in Brotli too.
    assert.equal(first.headers.get("content-encoding"), "gzip");
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
      headers: { "if-none-match": etag, "accept-encoding": "gzip" },
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
    const unpacked = await app.as("d1").fetch("/", {
      headers: { "accept-encoding": "gzip;q=0" },
    });
    assert.equal(unpacked.headers.get("content-encoding"), null);
    assert.match(await unpacked.text(), /<!DOCTYPE html>/i);
    for (const { headers } of [gzip, unpacked]) {
      assert.match(headers.get("vary") ?? "", /accept-encoding/i);
    }
  }));

Deno.test("The API describes itself: every flow, every error, references that resolve", () =>
  company(async (app) => {
    const response = await app.as(null).fetch("/api/openapi.json");
    const text = await response.text();
    const document = JSON.parse(text);
    assert.match(document.openapi, /^3\.1/);
    assert.ok(document.info.title && document.info.version);
    for (const name of Object.keys(FLOWS)) {
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
