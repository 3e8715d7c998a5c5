/** A PUBLIC_ORIGIN that is not the address people open is named in the log, once. */
import assert from "node:assert/strict";
import { elsewhere } from "../../lib/http/public_origin.ts";
import { type TestApp, withApp } from "../support/app.ts";
import { pushAll, world } from "../support/company.ts";
import { Visitor } from "../support/visitor.ts";

const OURS = "https://group.example.com";

type Asked = Record<string, string>;

const TABLE: [string, string, Asked, string | null][] = [
  ["as it should be", "/", { host: "group.example.com" }, null],
  ["with the port of https", "/", { host: "group.example.com:443" }, null],
  ["another name", "/", { host: "www.example.com" }, "https://www.example.com"],
  ["a port too many", "/", { host: "group.example.com:8443" }, `${OURS}:8443`],
  ["a proxy that tells it", "/", {
    host: "10.0.0.5:8000",
    "x-forwarded-host": "group.example.com",
    "x-forwarded-proto": "https",
  }, null],
  ["a proxy that tells another", "/", {
    host: "10.0.0.5:8000",
    "x-forwarded-host": "www.example.com, 10.0.0.5",
    "x-forwarded-proto": "https, http",
  }, "https://www.example.com"],
  ["http where https is meant", "/", {
    host: "group.example.com",
    "x-forwarded-proto": "http",
  }, "http://group.example.com"],
  ["a balancer", "/readyz", { host: "10.0.0.5:8000" }, null],
  ["the ERP", "/api/erp/orders", { host: "10.0.0.5:8000" }, null],
  ["no host at all", "/", { host: "a b" }, null],
];

Deno.test("Which address was asked is told by Host, the proxy or the page", () => {
  for (const [what, path, headers, wanted] of TABLE) {
    const request = new Request(`http://10.0.0.5:8000${path}`, { headers });
    assert.equal(elsewhere(request, {}, OURS), wanted, what);
  }
  const refusal = { error: "CSRF_REJECTED" } as const;
  for (
    const [origin, wanted] of [
      ["https://www.example.com", "https://www.example.com"],
      [OURS, null],
      ["null", null],
    ] as const
  ) {
    const headers = { origin, host: "group.example.com" };
    const request = new Request("http://x/api/runFlow", { headers });
    assert.equal(elsewhere(request, { refusal }, OURS), wanted, origin);
  }
});

const told = (app: TestApp) =>
  app.logs.filter(({ event }) => event === "config.public_origin")
    .map(({ publicOrigin, asked }) => [publicOrigin, asked]);

Deno.test("It is named once, however many come, and strangers do not fill the log", () =>
  withApp({ seed: world().seed, origin: OURS }, async (app) => {
    await pushAll(app);
    const open = async (origin: string, path = "/") =>
      await (await new Visitor(app.handler, origin).fetch(path)).body?.cancel();
    await open(OURS);
    assert.deepEqual(told(app), []);
    for (let turn = 0; turn < 3; turn++) await open("http://localhost:8000");
    assert.deepEqual(told(app), [[OURS, "https://localhost:8000"]]);
    for (let n = 0; n < 20; n++) await open(`http://s${n}.example`);
    assert.equal(told(app).length, 3);
  }));

Deno.test("A sign-in that fails and a flow that is refused name it, too", () =>
  withApp({ seed: world().seed, origin: OURS }, async (app) => {
    await pushAll(app);
    const visitor = new Visitor(app.handler, "http://groups.example.com");
    const failed = await visitor.fetch("/auth/callback?code=c&state=s");
    assert.equal(failed.status, 401);
    await failed.body?.cancel();
    const refused = await app.as("d1").fetch("/api/runFlow", {
      method: "POST",
      headers: { origin: "https://www.example.com" },
      body: "{}",
    });
    assert.equal((await refused.json()).error, "CSRF_REJECTED");
    assert.deepEqual(told(app), [
      [OURS, "https://groups.example.com"],
      [OURS, "https://www.example.com"],
    ]);
  }));
