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
  assert.match(await text("/items/12"), /<p>item 12<\/p>/);
  assert.equal((await ask("/items/1/2")).status, 404);
});

Deno.test("a parameter is one part of the path, decoded, and not an empty one", async () => {
  assert.match(await text("/items/a%20b"), /<p>item a b<\/p>/);
  assert.match(await text("/items/%E4%B8%80.x~(1)"), /<p>item 一.x~\(1\)<\/p>/);
  // What would be another part when decoded stays as it is.
  assert.match(await text("/items/a%2Fb"), /<p>item a%2Fb<\/p>/);
  assert.match(await text("/items/%zz"), /<p>item %zz<\/p>/);
  for (const path of ["/items/1/", "/items//", "/Items/1", "/x/items/1"]) {
    assert.doesNotMatch(await text(path), /<p>item /, path);
  }
});

Deno.test("a rest parameter matches zero or more parts", async () => {
  assert.equal(await text("/files"), "file ");
  assert.equal(await text("/files/a/b.txt"), "file a/b.txt");
});

Deno.test("a test file beside routes is no route", async () => {
  assert.equal((await ask("/odd/ignored_test")).status, 404);
});

Deno.test("middlewares of a folder hold below it", async () => {
  const res = await ask("/admin");
  assert.equal(res.headers.get("x-admin"), "yes");
  assert.match(await res.text(), /<p>main root admin<\/p>/);
  assert.doesNotMatch(await text("/"), /admin/);
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
    assert.match(await inner.text(), /<p id="admin-failed">/);
    assert.match(await text("/odd/non-error"), /unknown: -/);
  });
});
