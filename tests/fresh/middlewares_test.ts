/**
 * `csp` and `csrf`.
 */
import assert from "node:assert/strict";
import {
  App,
  type Context,
  csp,
  type CSPOptions,
  csrf,
  type CsrfOptions,
} from "fresh";
import { h } from "preact";

async function policy(options: CSPOptions) {
  const answers: Record<string, (ctx: Context<unknown>) => Promise<Response>> =
    {
      "/": (ctx) => ctx.render(h("script", null, "1")),
      "/json": () => Promise.resolve(Response.json({})),
    };
  const app = new App<unknown>().use(csp(options))
    .use((ctx) => answers[ctx.url.pathname]?.(ctx) ?? ctx.next());
  const handler = app.handler();
  const get = async (path: string) => {
    const res = await handler(new Request(new URL(path, "http://localhost")));
    const header = res.headers.get("content-security-policy");
    return { header, html: await res.text() };
  };
  return { ...await get("/"), json: (await get("/json")).header };
}

Deno.test("the default policy allows this site's own and inline scripts and styles", async () => {
  const { header, json } = await policy({});
  const directives = header?.split("; ") ?? [];
  for (
    const one of [
      "default-src 'self'",
      "script-src 'self' 'unsafe-inline'",
      "style-src 'self' 'unsafe-inline'",
      "object-src 'none'",
      "base-uri 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "upgrade-insecure-requests",
    ]
  ) assert.ok(directives.includes(one), one);
  assert.equal(json, header);
});

Deno.test("an own directive replaces the default of its name", async () => {
  const { header } = await policy({
    csp: [
      "script-src 'self' https://res.wx.qq.com",
      "frame-src https://open.work.weixin.qq.com",
    ],
  });
  assert.equal(header?.match(/script-src/g)?.length, 1);
  assert.match(header ?? "", /script-src 'self' https:\/\/res\.wx\.qq\.com/);
  assert.match(header ?? "", /frame-src https:\/\/open\.work\.weixin\.qq\.com/);
});

Deno.test("a nonce takes the place of 'unsafe-inline' on pages", async () => {
  const { header, html, json } = await policy({ useNonce: true });
  const nonce = html.match(/<script nonce="(\w{20,})">/)?.[1];
  assert.ok(nonce);
  assert.match(header ?? "", new RegExp(`script-src 'self' 'nonce-${nonce}'`));
  assert.match(header ?? "", new RegExp(`style-src 'self' 'nonce-${nonce}'`));
  assert.doesNotMatch(header ?? "", /unsafe-inline/);
  assert.doesNotMatch(json ?? "", /nonce/);
});

const SELF = "http://localhost";
const EVIL = "https://evil.example";

/** The status of a request with these headers. */
async function send(
  method: string,
  headers: { origin?: string; "sec-fetch-site"?: string },
  options?: CsrfOptions,
): Promise<number> {
  const app = new App<unknown>().use(csrf(options))
    .use(() => new Response("ok"));
  const res = await app.handler()(new Request(`${SELF}/`, { method, headers }));
  return res.status;
}

Deno.test("csrf lets every safe method pass", async () => {
  for (const method of ["GET", "HEAD", "OPTIONS"]) {
    const headers = { origin: EVIL, "sec-fetch-site": "cross-site" };
    assert.equal(await send(method, headers), 200, method);
  }
});

Deno.test("csrf lets this site pass and refuses others", async () => {
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    assert.equal(await send(method, { origin: SELF }), 200);
    assert.equal(await send(method, { origin: EVIL }), 403);
    assert.equal(await send(method, { origin: "null" }), 403);
    assert.equal(await send(method, { "sec-fetch-site": "same-origin" }), 200);
    assert.equal(await send(method, { "sec-fetch-site": "none" }), 200);
    assert.equal(await send(method, { "sec-fetch-site": "same-site" }), 403);
    assert.equal(
      await send(method, { "sec-fetch-site": "cross-site", origin: EVIL }),
      403,
    );
    assert.equal(
      await send(method, { "sec-fetch-site": "cross-site", origin: SELF }),
      200,
    );
  }
});

Deno.test("csrf lets a request pass that says nothing of its origin", async () => {
  assert.equal(await send("POST", {}), 200);
});

Deno.test("csrf takes one origin, several, or a function", async () => {
  const origin = "https://shop.example";
  for (const allowed of [origin, [origin], (one: string) => one === origin]) {
    assert.equal(await send("POST", { origin }, { origin: allowed }), 200);
    assert.equal(
      await send("POST", { origin: EVIL }, { origin: allowed }),
      403,
    );
    assert.equal(
      await send("POST", { origin: SELF }, { origin: allowed }),
      403,
    );
  }
});
