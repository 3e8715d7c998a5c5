/**
 * Islands as the server sends them. What they do in a browser is in
 * `browser_test.ts`.
 */
import assert from "node:assert/strict";
import { ask, quietly, text } from "./fixture.ts";
import { describe, values } from "./fixture/values.ts";

Deno.test("an island is in the HTML, between markers, with one script at the end", async () => {
  const res = await ask("/counter");
  const html = await res.text();
  assert.match(
    html,
    /<!--frsh:island:Counter:0:--><button[^>]*id="counter"[^>]*>3<\/button><!--\/frsh:island-->/,
  );
  assert.match(html, /<!--frsh:island:Counter:1:-->/);
  assert.equal(html.match(/<script/g)?.length, 1);
  assert.match(
    html,
    /<\/main><script type="module" nonce="[^"]+">[^<]*<\/script><\/body><\/html>$/,
  );
});

Deno.test("the chunks a page needs are announced and served as scripts", async () => {
  const res = await ask("/counter");
  await res.body?.cancel();
  const links = res.headers.get("link")?.split(", ") ?? [];
  assert.ok(links.length >= 1);
  for (const link of links) {
    const url = link.match(/^<([^>]+)>; rel="modulepreload"; as="script"$/)
      ?.[1] ??
      "";
    assert.ok(url.startsWith("/_fresh/js/"), link);
    const chunk = await ask(url);
    assert.equal(chunk.status, 200);
    assert.match(chunk.headers.get("content-type") ?? "", /^text\/javascript/);
    assert.equal(
      chunk.headers.get("cache-control"),
      "public, max-age=31536000, immutable",
    );
    assert.match(await chunk.text(), /export/);
  }
});

Deno.test("scripts and styles of the page carry its nonce, a new one each time", async () => {
  const nonces = new Set<string>();
  for (const path of ["/counter", "/counter", "/odd/kept/one"]) {
    const res = await ask(path);
    const found = (await res.text()).matchAll(
      /<(?:script|style)[^>]* nonce="([^"]+)"/g,
    );
    const unique = new Set([...found].map(([, nonce]) => nonce ?? ""));
    assert.equal(unique.size, 1);
    const [nonce = ""] = unique;
    assert.ok(
      res.headers.get("content-security-policy")?.includes(`'nonce-${nonce}'`),
    );
    nonces.add(nonce);
  }
  assert.equal(nonces.size, 3);
});

Deno.test("no prop can end the script or open a comment in it", async () => {
  const html = await text("/values");
  const script =
    html.match(/<script type="module"[^>]*>(.*?)<\/script>/s)?.[1] ?? "";
  assert.match(script, /boot/);
  assert.match(script, /alert\(1\)/);
  assert.doesNotMatch(script, /<!--/);
  assert.equal(html.match(/<\/script>/g)?.length, 1);
});

Deno.test("an island renders on the server with its values as they are", async () => {
  const shown = describe(values).replaceAll("&", "&amp;").replaceAll(
    "<",
    "&lt;",
  )
    .replaceAll('"', "&quot;");
  const html = (await text("/values")).replaceAll("&#34;", "&quot;");
  assert.ok(html.includes(`data-where="server">${shown}</p>`));
});

Deno.test("an island that is part of another has no marker of its own", async () => {
  const html = await text("/nested");
  assert.match(
    html,
    /<!--frsh:island:Box:0:--><div id="box"><button[^<]*5<\/button><\/div><!--/,
  );
});

Deno.test("a function among an island's props fails the page", async () => {
  await quietly(async () => {
    const res = await ask("/bad-props");
    assert.equal(res.status, 500);
    assert.match(await res.text(), /Serializing functions is not supported/);
  });
});

Deno.test("pages rendered at the same time do not mix", async () => {
  const paths = ["/counter", "/", "/nested", "/values", "/shared"];
  const clean = (html: string) => html.replaceAll(/nonce="\w+"/g, "");
  const alone: string[] = [];
  for (const path of paths) alone.push(clean(await text(path)));
  const together = await Promise.all(paths.map((path) => text(path)));
  assert.deepEqual(together.map(clean), alone);
});
