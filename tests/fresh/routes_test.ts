/**
 * Routes from the file system: how files become URLs, and what surrounds them.
 */
import assert from "node:assert/strict";
import { ask, quietly, text } from "./fixture.ts";

Deno.test("a page is rendered inside the app wrapper, after the middlewares", async () => {
  const res = await ask("/");
  assert.equal(res.status, 200);
  assert.equal(res.headers.get("content-type"), "text/html; charset=utf-8");
  const html = await res.text();
  assert.match(html, /^<!DOCTYPE html><html lang="en"><head>/);
  assert.match(html, /<p id="trail">main root<\/p>/);
});

Deno.test("a page without islands ships no script", async () => {
  const res = await ask("/");
  assert.equal(res.headers.get("link"), null);
  assert.doesNotMatch(await res.text(), /<script|frsh/);
});

Deno.test("what a page sets on the state reaches the app wrapper", async () => {
  assert.match(await text("/admin"), /<title>Set by the page<\/title>/);
});

Deno.test("a dot in a file's name is part of the URL", async () => {
  assert.match(await text("/create-group.html"), /made/);
});

Deno.test("literal names go before parameters, parameters before the rest", async () => {
  assert.match(await text("/items"), /all items/);
  assert.match(await text("/items/new"), /new item/);
  assert.match(
    await text("/items/12"),
    /<p data-route="\/items\/:id">item 12<\/p>/,
  );
  assert.equal((await ask("/items/1/2")).status, 404);
});

Deno.test("rest and optional parameters match zero or more", async () => {
  assert.equal(await text("/files"), "file ");
  assert.equal(await text("/files/a/b.txt"), "file a/b.txt");
  assert.equal(await text("/opt"), 'page ""');
  assert.equal(await text("/opt/2"), 'page "2"');
  assert.equal((await ask("/opt/2/3")).status, 404);
});

Deno.test("routeOverride replaces the file's URL", async () => {
  assert.match(await text("/elsewhere/7"), /moved 7/);
  assert.equal((await ask("/odd/moved")).status, 404);
});

Deno.test("a test file beside routes is no route", async () => {
  assert.equal((await ask("/odd/ignored_test")).status, 404);
});

Deno.test("a group adds its layout and middleware but no path", async () => {
  const html = await text("/inside");
  assert.match(html, /<div id="group">.*<div><p>main root group<\/p>/);
  assert.doesNotMatch(await text("/"), /group/);
});

Deno.test("middlewares, layouts and config of a folder hold below it", async () => {
  const res = await ask("/admin");
  assert.equal(res.headers.get("x-admin"), "yes");
  assert.match(
    await res.text(),
    /<section id="admin"><p>main root admin<\/p><\/section>/,
  );
  assert.match(
    await text("/admin/deep"),
    /<body><div id="deep"><p>deep<\/p><\/div><\/body>/,
  );
  const bare = await text("/admin/bare");
  assert.match(bare, /<p>bare<\/p>/);
  assert.doesNotMatch(bare, /id="admin"|lang="en"/);
});

Deno.test("handlers by method answer theirs; a function answers all", async () => {
  assert.deepEqual(await (await ask("/api/methods")).json(), { method: "GET" });
  const post = await ask("/api/methods", { method: "POST", body: '{"a":1}' });
  assert.deepEqual(await post.json(), { method: "POST", body: { a: 1 } });
  assert.equal(await text("/api/any", { method: "DELETE" }), "DELETE");
});

Deno.test("HEAD of a route runs its GET and sends no body", async () => {
  const res = await ask("/api/methods", { method: "HEAD" });
  assert.equal(res.status, 200);
  assert.equal(res.headers.get("x-seen"), "HEAD");
  assert.equal(await res.text(), "");
});

Deno.test("a method that a file route lacks is answered like no route: 404", async () => {
  assert.equal((await ask("/api/methods", { method: "PUT" })).status, 404);
  assert.equal((await ask("/api/methods", { method: "OPTIONS" })).status, 404);
});

Deno.test("a handler's data reaches the page, escaped, with status and headers", async () => {
  const res = await ask("/odd/data");
  assert.equal(res.status, 201);
  assert.equal(res.headers.get("x-page"), "1");
  assert.match(await res.text(), /<p>&lt;b>&amp;<\/p>/);
  assert.match(await text("/odd/data", { method: "POST" }), /posted/);
});

Deno.test("a component may be async and may answer itself", async () => {
  assert.match(await text("/odd/async"), /after waiting/);
  const away = await ask("/odd/async?away");
  assert.equal(away.status, 303);
  assert.equal(away.headers.get("location"), "/items");
});

Deno.test("links to the page shown or above it say so; images get the build id", async () => {
  const html = await text("/odd/links");
  assert.match(html, /<a href="\/odd\/links"[^>]*aria-current="page"/);
  assert.match(html, /<a href="\/odd"[^>]*aria-current="true"/);
  assert.match(html, /<a href="\/items">/);
  assert.match(html, /<img src="\/logo\.svg\?__frsh_c=\w+" alt/);
});

Deno.test("an unknown path gets the page of _404", async () => {
  const res = await ask("/nowhere");
  assert.equal(res.status, 404);
  assert.match(await res.text(), /<p id="not-found">nothing here<\/p>/);
  assert.match(await text("/api/missing"), /<p id="not-found">/);
});

Deno.test("an error gets the page of the nearest _error, with its status", async () => {
  await quietly(async () => {
    const known = await ask("/api/forbidden");
    assert.equal(known.status, 403);
    assert.match(await known.text(), /http 403: not yours/);
    const unknown = await ask("/odd/broken");
    assert.equal(unknown.status, 500);
    assert.match(await unknown.text(), /lang="en".*unknown: while rendering/);
    const inner = await ask("/admin/throws");
    assert.equal(inner.status, 500);
    assert.match(
      await inner.text(),
      /<section id="admin"><p id="admin-failed">/,
    );
    assert.match(await text("/odd/non-error"), /unknown: -/);
  });
});
