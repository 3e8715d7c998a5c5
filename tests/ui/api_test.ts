import assert from "node:assert/strict";
import { createApi } from "../../lib/ui/api.ts";

const answering = (make: () => Response) =>
  createApi(() => Promise.resolve(make()));

function lines(...chunks: string[]): Response {
  const encoder = new TextEncoder();
  return new Response(
    new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
        controller.close();
      },
    }),
  );
}

Deno.test("a flow's envelope becomes data or a problem", async () => {
  const sent: unknown[] = [];
  const api = createApi(
    ((path: string, init: RequestInit) => {
      sent.push(path, init.method, JSON.parse(String(init.body)));
      return Promise.resolve(
        Response.json({ code: 1, data: { status: "none" } }),
      );
    }) as typeof fetch,
  );
  assert.deepEqual(await api.run("customer.match", { orderId: "o1" }), {
    ok: true,
    data: { status: "none" },
  });
  assert.deepEqual(sent, [
    "/api/runFlow",
    "POST",
    { flowId: "customer.match", orderId: "o1" },
  ]);
  const refusing = answering(() =>
    Response.json({ code: 0, error: "FORBIDDEN", msg: "不行", details: 1 }, {
      status: 403,
    })
  );
  assert.deepEqual(await refusing.run("group.get", { orderId: "o1" }), {
    ok: false,
    problem: { error: "FORBIDDEN", msg: "不行", details: 1 },
  });
});

Deno.test("what a process that stops did not read is sent once more", async () => {
  const incomplete = { code: 0, error: "REQUEST_INCOMPLETE", msg: "没传完" };
  for (const stops of [1, 2]) {
    let asked = 0;
    const api = answering(() =>
      ++asked <= stops
        ? Response.json(incomplete, { status: 408 })
        : Response.json({ code: 1, data: {} })
    );
    const answer = await api.run("group.get", { orderId: "o1" });
    assert.deepEqual([asked, answer.ok], [2, stops === 1]);
  }
});

Deno.test("whatever is not our answer is a lost network", async () => {
  const broken = [
    createApi(() => Promise.reject(new TypeError("failed to fetch"))),
    answering(() =>
      new Response("<html>502 Bad Gateway</html>", { status: 502 })
    ),
    answering(() => Response.json({ hello: 1 })),
  ];
  for (const api of broken) {
    const answer = await api.run("group.get", { orderId: "o1" });
    assert.equal(!answer.ok && answer.problem.error, "NETWORK_LOST");
  }
});

Deno.test("progress is read line by line, however the bytes are cut", async () => {
  const api = answering(() =>
    lines(
      '{"seen":100,"expec',
      'ted":null}\n{"seen":200,"expected":500}\n',
      '\n{"done":true}\n',
    )
  );
  const seen: unknown[] = [];
  const answer = await api.sync(false, (reading) => seen.push(reading));
  assert.deepEqual(answer, { ok: true, data: null });
  assert.deepEqual(seen, [
    { seen: 100, expected: null },
    { seen: 200, expected: 500 },
  ]);
});

Deno.test("a stream that ends early, or in an error, is no complete reading", async () => {
  const cut = await answering(() => lines('{"seen":100,"expected":null}\n'))
    .sync(false, () => {});
  assert.equal(!cut.ok && cut.problem.error, "NETWORK_LOST");
  const failed = await answering(() =>
    lines('{"error":"RATE_LIMITED","msg":"操作太频繁"}\n')
  ).sync(true, () => {});
  assert.deepEqual(failed, {
    ok: false,
    problem: { error: "RATE_LIMITED", msg: "操作太频繁" },
  });
});

Deno.test("a refused reading gives the envelope's problem", async () => {
  const answer = await answering(() =>
    Response.json({ code: 0, error: "UNAUTHENTICATED", msg: "登录已过期" }, {
      status: 401,
    })
  ).sync(false, () => {});
  assert.equal(!answer.ok && answer.problem.error, "UNAUTHENTICATED");
});
