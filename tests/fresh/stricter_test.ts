/**
 * Where this implementation is on purpose safer and smaller than Fresh 2.3.3.
 * The app does not rely on it; only these tests fail on upstream.
 */
import { onUpstream } from "../support/fresh.ts";
import assert from "node:assert/strict";
import { brotliCompressSync } from "node:zlib";
import { App, csp } from "fresh";
import { h } from "preact";
import { Builder } from "fresh/dev";
import { stringify } from "../../lib/fresh/src/serialize.ts";
import { ask as askFixture, ROOT } from "./fixture.ts";

async function ask<State>(app: App<State>, path: string): Promise<Response> {
  return await app.handler()(new Request(`http://localhost${path}`));
}

Deno.test("a malformed escape in a path is no server error", {
  ignore: onUpstream,
}, async () => {
  const page = await askFixture("/items/%E4%BA");
  assert.match(await page.text(), /item %E4%BA/);
});

Deno.test("csp adds its header to responses that cannot be changed", {
  ignore: onUpstream,
}, async () => {
  const app = new App<unknown>().use(csp())
    .use(() => Response.redirect("http://localhost/login"));
  const res = await ask(app, "/");
  assert.equal(res.status, 302);
  assert.ok(res.headers.has("content-security-policy"));
});

Deno.test(
  "props that no island of ours needs are refused, not sent as something else",
  {
    ignore: onUpstream,
  },
  () => {
    const refused: unknown[] = [
      new Map(),
      new Set(),
      /x/,
      new Uint8Array(),
      new URL("https://example.com"),
      1n,
      h("p", null),
      () => {},
      Symbol("x"),
    ];
    for (const value of refused) {
      assert.throws(() => stringify({ deep: [value] }), /is not supported/);
    }
  },
);

Deno.test(
  "the first island costs the browser less than 10 KB: Preact, signals and all",
  { ignore: onUpstream },
  async () => {
    const page = await askFixture("/counter");
    await page.body?.cancel();
    const links = [...(page.headers.get("link") ?? "").matchAll(/<([^>]+)>/g)];
    let size = 0;
    for (const [, url = ""] of links) {
      const chunk = await askFixture(url);
      size += brotliCompressSync(await chunk.arrayBuffer()).byteLength;
    }
    assert.ok(links.length > 0 && size < 10 * 1024, `${size} bytes`);
  },
);

Deno.test(
  "a page with islands of one file loads one file, and with two what they share",
  { ignore: onUpstream },
  async () => {
    const filesOf = async (path: string) => {
      const page = await askFixture(path);
      await page.body?.cancel();
      const links = (page.headers.get("link") ?? "").matchAll(/<([^>]+)>/g);
      return [...links].map(([, url = ""]) => url);
    };
    assert.equal((await filesOf("/counter")).length, 1);
    const both = await filesOf("/both");
    assert.ok(both.length >= 4, "runtime, what is shared, two islands");
    assert.ok(both.every((file) => !file.includes("alone")), both.join());
  },
);

Deno.test(
  "JSX made once, outside a component, is prepared anew for each page",
  { ignore: onUpstream },
  async () => {
    const one = await (await askFixture("/odd/kept/one")).text();
    const two = await (await askFixture("/odd/kept/two")).text();
    const nonce = (html: string) =>
      html.match(/<script[^>]* nonce="(\w+)">globalThis.kept/)?.[1];
    assert.ok(nonce(one));
    assert.notEqual(nonce(one), nonce(two));
  },
);

Deno.test("in development a page learns of a new server from an open stream", {
  ignore: onUpstream,
}, async () => {
  const server = new AbortController();
  const address = Promise.withResolvers<Deno.NetAddr>();
  const app = new App<unknown>().use((ctx) => ctx.render(null));
  await new Builder({ root: ROOT }).listen(() => Promise.resolve(app), {
    signal: server.signal,
    onListen: address.resolve,
  });
  const origin = `http://localhost:${(await address.promise).port}`;
  const page = await (await fetch(`${origin}/plain`)).text();
  const script = page.match(/import "(\/_fresh\/js\/[^"]+)"/)?.[1];
  assert.ok(script, page);
  const alive = await fetch(`${origin}/_frsh/alive`);
  assert.equal(alive.headers.get("content-type"), "text/event-stream");
  const reader = alive.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.match((await reader?.read())?.value ?? "", /^data: \d+\n\n$/);
  await reader?.cancel();
  server.abort();
});
