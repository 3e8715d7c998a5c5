/**
 * `App` without a build: routing, the order of things, the context, errors.
 */
import assert from "node:assert/strict";
import { App, createDefine, HttpError, page } from "fresh";
import { quietly } from "./fixture.ts";

interface State {
  trail?: string;
}

function client(app: App<State>) {
  const handler = app.handler();
  return (path: string, init?: RequestInit) =>
    handler(new Request(new URL(path, "http://localhost"), init));
}

Deno.test("a handler is found by method and path", async () => {
  const ask = client(
    new App<State>()
      .get("/x", () => new Response("get"))
      .post("/x", () => new Response("post"))
      .put("/x", () => new Response("put"))
      .patch("/x", () => new Response("patch"))
      .delete("/x", () => new Response("delete"))
      .all("/all", (ctx) => new Response(ctx.req.method)),
  );
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
    const res = await ask("/x", { method });
    assert.equal(await res.text(), method.toLowerCase());
    assert.equal(await (await ask("/all", { method })).text(), method);
  }
});

Deno.test("a trailing slash makes no difference, repeated slashes collapse", async () => {
  const ask = client(
    new App<State>().get("/a/b", (ctx) => ctx.text(ctx.url.pathname)),
  );
  assert.equal(await (await ask("/a/b/")).text(), "/a/b/");
  assert.equal(await (await ask("/a//b")).text(), "/a/b");
});

Deno.test("a path without parameters wins over one with, whatever the order", async () => {
  const ask = client(
    new App<State>()
      .get("/orders/:id", (ctx) => ctx.text(`order ${ctx.params.id}`))
      .get("/orders/new", (ctx) => ctx.text("new")),
  );
  assert.equal(await (await ask("/orders/new")).text(), "new");
  assert.equal(await (await ask("/orders/%E4%BA%8C")).text(), "order 二");
  assert.equal(await (await ask("/orders/a%2Fb")).text(), "order a%2Fb");
});

Deno.test("HEAD falls back to GET and has no body", async () => {
  const ask = client(
    new App<State>().get(
      "/",
      (ctx) => ctx.text("body", { headers: { "x-a": "1" } }),
    ),
  );
  const res = await ask("/", { method: "HEAD" });
  assert.equal(res.status, 200);
  assert.equal(res.headers.get("x-a"), "1");
  assert.equal(await res.text(), "");
});

Deno.test("a method the path lacks is 405, OPTIONS names the methods it has", async () => {
  const ask = client(
    new App<State>().get("/x", () => new Response()).post(
      "/x",
      () => new Response(),
    ),
  );
  assert.equal((await ask("/x", { method: "DELETE" })).status, 405);
  const res = await ask("/x", { method: "OPTIONS" });
  assert.equal(res.status, 204);
  assert.deepEqual(res.headers.get("allow")?.split(", ").sort(), [
    "GET",
    "POST",
  ]);
});

Deno.test("middlewares run in order around what is registered after them", async () => {
  const trail: string[] = [];
  const step = (name: string) => async (ctx: { next(): Promise<Response> }) => {
    trail.push(name);
    const res = await ctx.next();
    trail.push(`/${name}`);
    return res;
  };
  const ask = client(
    new App<State>()
      .use(step("a"), step("b"))
      .get("/early", () => new Response("early"))
      .use("/api", step("api"))
      .use(step("late"))
      .get("/api/x", () => new Response("x")),
  );
  await ask("/early");
  assert.deepEqual(trail.splice(0), ["a", "b", "/b", "/a"]);
  await ask("/api/x");
  assert.deepEqual(trail.splice(0), [
    "a",
    "b",
    "late",
    "api",
    "/api",
    "/late",
    "/b",
    "/a",
  ]);
  await ask("/nowhere");
  assert.deepEqual(
    trail,
    ["a", "b", "late"],
    "root middlewares see unknown paths too",
  );
});

Deno.test("each request has a state of its own", async () => {
  const ask = client(
    new App<State>().get("/", (ctx) => {
      const before = ctx.state.trail;
      ctx.state.trail = "set";
      return ctx.text(String(before));
    }),
  );
  assert.equal(await (await ask("/")).text(), "undefined");
  assert.equal(await (await ask("/")).text(), "undefined");
});

Deno.test("an HttpError answers with its status and message, or the usual text", async () => {
  const ask = client(
    new App<State>()
      .get("/said", () => {
        throw new HttpError(409, "already there");
      })
      .get("/unsaid", () => {
        throw new HttpError(422);
      }),
  );
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
  const ask = client(
    new App<State>().get("/:i", (ctx) => {
      throw thrown[Number(ctx.params.i)];
    }),
  );
  for (const [i, value] of thrown.entries()) {
    const printed = await quietly(async () => {
      const res = await ask(`/${i}`);
      assert.equal(res.status, 500);
      assert.equal(await res.text(), "Internal server error");
    });
    assert.deepEqual(printed, [value]);
  }
});

Deno.test("a handler that returns no Response is a 500", async () => {
  const nothing = (() => undefined) as unknown as () => Response;
  const ask = client(new App<State>().get("/", nothing));
  await quietly(async () => assert.equal((await ask("/")).status, 500));
});

Deno.test("an error passes through the middlewares around it and can be answered there", async () => {
  let seen: unknown;
  const ask = client(
    new App<State>()
      .use(async (ctx) => {
        try {
          return await ctx.next();
        } catch (error) {
          seen = ctx.error;
          return ctx.json({ caught: (error as Error).message }, {
            status: 502,
          });
        }
      })
      .get("/", () => {
        throw new Error("inner");
      }),
  );
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

Deno.test("onError answers below its path, notFound answers every 404", async () => {
  const fail = () => {
    throw new Error("no");
  };
  const ask = client(
    new App<State>()
      .notFound((ctx) => ctx.text("own 404", { status: 404 }))
      .onError("*", (ctx) => ctx.text("outer", { status: 500 }))
      .onError(
        "/in",
        (ctx) =>
          ctx.text(`inner ${(ctx.error as Error).message}`, { status: 500 }),
      )
      .get("/out", fail)
      .get("/in/x", fail)
      .get("/in/gone", () => {
        throw new HttpError(404, "gone");
      }),
  );
  assert.equal(await (await ask("/out")).text(), "outer");
  assert.equal(await (await ask("/in/x")).text(), "inner no");
  assert.equal(await (await ask("/in/gone")).text(), "own 404");
  assert.equal(await (await ask("/none")).text(), "own 404");
});

Deno.test("redirect keeps a path on this site", async () => {
  const ask = client(
    new App<State>().get(
      "/",
      (ctx) => ctx.redirect(ctx.url.searchParams.get("to") ?? "/", 303),
    ),
  );
  const location = async (to: string) =>
    (await ask(`/?to=${encodeURIComponent(to)}`)).headers.get("location");
  assert.equal((await ask("/")).status, 303);
  assert.equal(await location("/a?next=//b"), "/a?next=//b");
  assert.equal(await location("//evil.example/x"), "/evil.example/x");
  assert.equal(
    await location("https://other.example/x"),
    "https://other.example/x",
  );
});

Deno.test("json, html, text and stream answer with their content types", async () => {
  const ask = client(
    new App<State>()
      .get("/json", (ctx) => ctx.json({ a: [1] }, { status: 201 }))
      .get("/html", (ctx) => ctx.html("<p>", { headers: { "x-a": "1" } }))
      .get("/stream", (ctx) =>
        ctx.stream(function* () {
          yield "foo";
          yield "二";
        }))
      .get("/bytes", (ctx) => ctx.stream([new Uint8Array([65])])),
  );
  const json = await ask("/json");
  assert.equal(json.status, 201);
  assert.match(json.headers.get("content-type") ?? "", /^application\/json/);
  assert.deepEqual(await json.json(), { a: [1] });
  const html = await ask("/html");
  assert.equal(html.headers.get("content-type"), "text/html; charset=utf-8");
  assert.equal(html.headers.get("x-a"), "1");
  assert.equal(await html.text(), "<p>");
  assert.equal(await (await ask("/stream")).text(), "foo二");
  assert.equal(await (await ask("/bytes")).text(), "A");
});

Deno.test("ctx.url follows the proxy's headers only when told to trust them", async () => {
  const headers = {
    "x-forwarded-proto": "https",
    "x-forwarded-host": "shop.example",
  };
  const seen = async (app: App<State>) => {
    const ask = client(
      app.get("/", (ctx) => ctx.text(`${ctx.url.origin} ${ctx.req.url}`)),
    );
    return await (await ask("/", { headers })).text();
  };
  assert.equal(
    await seen(new App({ trustProxy: true })),
    "https://shop.example http://localhost/",
  );
  assert.equal(await seen(new App()), "http://localhost http://localhost/");
});

Deno.test("a base path goes before every route", async () => {
  const ask = client(
    new App<State>({ basePath: "/app" }).get("/", (ctx) => ctx.text("root"))
      .get("/x", (ctx) => ctx.text(ctx.config.basePath)),
  );
  assert.equal(await (await ask("/app")).text(), "root");
  assert.equal(await (await ask("/app/x")).text(), "/app");
  assert.equal((await ask("/x")).status, 404);
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
