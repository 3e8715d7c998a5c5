/**
 * `App` without routes of files: the order of things, the context, errors.
 */
import assert from "node:assert/strict";
import { App, createDefine, HttpError, type Middleware, page } from "fresh";
import { quietly, text } from "./fixture.ts";

interface State {
  trail?: string;
}

/** Asks an app whose last step answers by path. */
function client(
  answers: Record<string, Middleware<State>>,
  app = new App<State>(),
) {
  app.use((ctx) => answers[ctx.url.pathname]?.(ctx) ?? ctx.next());
  const handler = app.handler();
  return (path: string, init?: RequestInit) =>
    handler(new Request(new URL(path, "http://localhost"), init));
}

Deno.test("a trailing slash makes no difference, repeated slashes collapse", async () => {
  const ask = client({ "/a/b": (ctx) => new Response(ctx.url.pathname) });
  assert.equal(await (await ask("/a//b")).text(), "/a/b");
  assert.equal(await text("/api/any/"), "GET");
});

Deno.test("a path without parameters wins over one with; escapes are read", async () => {
  assert.match(await text("/items/new"), /new item/);
  assert.match(await text("/items/%E4%BA%8C"), /item 二/);
  assert.match(await text("/items/a%2Fb"), /item a%2Fb/);
});

Deno.test("HEAD has the headers of GET and no body", async () => {
  const ask = client({
    "/": () => new Response("body", { headers: { "x-a": "1" } }),
  });
  const res = await ask("/", { method: "HEAD" });
  assert.equal(res.status, 200);
  assert.equal(res.headers.get("x-a"), "1");
  assert.equal(await res.text(), "");
});

Deno.test("middlewares run in order around what is registered after them", async () => {
  const trail: string[] = [];
  const step = (name: string) => async (ctx: { next(): Promise<Response> }) => {
    trail.push(name);
    const res = await ctx.next();
    trail.push(`/${name}`);
    return res;
  };
  const app = new App<State>().use(step("a"), step("b")).use(step("c"));
  const ask = client({ "/x": () => new Response("x") }, app);
  await ask("/x");
  assert.deepEqual(trail.splice(0), ["a", "b", "c", "/c", "/b", "/a"]);
  await ask("/nowhere");
  assert.deepEqual(trail, ["a", "b", "c"], "they see unknown paths too");
});

Deno.test("each request has a state of its own", async () => {
  const ask = client({
    "/": (ctx) => {
      const before = ctx.state.trail;
      ctx.state.trail = "set";
      return new Response(String(before));
    },
  });
  assert.equal(await (await ask("/")).text(), "undefined");
  assert.equal(await (await ask("/")).text(), "undefined");
});

Deno.test("an HttpError answers with its status and message, or the usual text", async () => {
  const ask = client({
    "/said": () => {
      throw new HttpError(409, "already there");
    },
    "/unsaid": () => {
      throw new HttpError(422);
    },
  });
  const said = await ask("/said");
  assert.equal(said.status, 409);
  assert.equal(await said.text(), "already there");
  const unsaid = await ask("/unsaid");
  assert.equal(unsaid.status, 422);
  assert.equal(await unsaid.text(), "Unprocessable Entity");
  const unknown = await ask("/unknown");
  assert.equal(unknown.status, 404);
  assert.equal(await unknown.text(), "Not Found");
});

Deno.test("any other error is a 500 that says nothing, and is printed", async () => {
  const thrown: unknown[] = [new Error("secret"), "text", null, undefined, {
    a: 1,
  }];
  for (const value of thrown) {
    const ask = client({
      "/": () => {
        throw value;
      },
    });
    const printed = await quietly(async () => {
      const res = await ask("/");
      assert.equal(res.status, 500);
      assert.equal(await res.text(), "Internal server error");
    });
    assert.deepEqual(printed, [value]);
  }
});

Deno.test("a handler that returns no Response is a 500", async () => {
  const nothing = (() => undefined) as unknown as () => Response;
  const app = new App<State>().use(nothing);
  await quietly(async () => {
    const res = await app.handler()(new Request("http://localhost/"));
    assert.equal(res.status, 500);
  });
});

Deno.test("an error passes through the middlewares around it and can be answered there", async () => {
  let seen: unknown;
  const app = new App<State>().use(async (ctx) => {
    try {
      return await ctx.next();
    } catch (error) {
      seen = ctx.error;
      return Response.json({ caught: (error as Error).message }, {
        status: 502,
      });
    }
  });
  const ask = client({
    "/": () => {
      throw new Error("inner");
    },
  }, app);
  const res = await ask("/");
  assert.equal(res.status, 502);
  assert.deepEqual(await res.json(), { caught: "inner" });
  assert.ok(seen instanceof Error);
  assert.equal(
    (await ask("/unknown")).status,
    502,
    "so does the 404 of no route",
  );
});

Deno.test("what stands around an app decides ctx.url: no header does", async () => {
  const headers = {
    "x-forwarded-proto": "https",
    "x-forwarded-host": "shop.example",
  };
  const ask = client({ "/": (ctx) => new Response(ctx.url.origin) });
  assert.equal(await (await ask("/", { headers })).text(), "http://localhost");
});

Deno.test("page carries data, status and headers; define changes nothing", () => {
  const headers = { "x-a": "1" };
  const { data, status, headers: sent } = page({ a: 1 }, {
    status: 201,
    headers,
  });
  assert.deepEqual([data, status, sent], [{ a: 1 }, 201, headers]);
  assert.equal(page().data, undefined);
  const define = createDefine<State>();
  const handlers = { GET: () => new Response() };
  assert.equal(define.handlers(handlers), handlers);
});

Deno.test("HttpError is an Error with status, message and cause", () => {
  const cause = new Error("below");
  const error = new HttpError(503, "later", { cause });
  assert.ok(error instanceof Error);
  assert.deepEqual([error.name, error.status, error.message], [
    "HttpError",
    503,
    "later",
  ]);
  assert.equal(error.cause, cause);
});
