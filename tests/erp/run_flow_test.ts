/** Asking the ERP for an order that is not here: its shapes, and its failures. */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/secret.ts";
import { createErp } from "../../lib/erp/run_flow.ts";
import { silentLog } from "../../lib/http/log.ts";
import { push, type TestApp, withApp } from "../support/app.ts";
import { STAFF, world } from "../support/company.ts";

const ERP = "https://erp.example/api/runFlow?key=erp-url-key-1234567890";
type Answer = () => Response | Promise<Response>;

async function asking(
  answer: Answer,
  fn: (app: TestApp, asked: Request[]) => Promise<void>,
  now: () => number = Date.now,
): Promise<void> {
  const asked: Request[] = [];
  await withApp({
    seed: world().seed,
    now,
    env: {
      ERP_RUNFLOW_URL: ERP,
      ERP_TOKEN: "erp-token-123456",
      ERP_FLOW_ORDER: "5f-order",
    },
    fetch: async (input, init) => {
      const request = new Request(input, init);
      asked.push(request.clone());
      const late = new Promise<never>((_, reject) =>
        request.signal.addEventListener(
          "abort",
          () => reject(request.signal.reason),
          { once: true },
        )
      );
      return await Promise.race([answer(), late]);
    },
  }, async (app) => {
    await push(app, "staff", { staff: STAFF });
    await fn(app, asked);
  });
}

const DOCUMENT = {
  code: 1,
  data: {
    orderId: "E1",
    designerWxUserId: "d1",
    projectManagerWxUserId: "p1",
    customerPhone: "13812348000",
  },
};
const get = (app: TestApp, as = "d1", orderId = "E1") =>
  app.as(as).flow("order.get", { orderId });

Deno.test("An order in the shape of the original document is taken over once", () =>
  asking(() => Response.json(DOCUMENT), async (app, asked) => {
    const answer = await get(app);
    assert.equal(answer.data.orderId, "E1");
    assert.equal(answer.data.customerPhone, "138****8000");
    const [request] = asked;
    assert.equal(request?.method, "POST");
    assert.equal(
      request?.headers.get("authorization"),
      "Bearer erp-token-123456",
    );
    assert.deepEqual(await request?.json(), {
      flowId: "5f-order",
      orderId: "E1",
    });
    await get(app, "p1");
    assert.equal(asked.length, 1, "it is here now");
    assert.equal(
      (await get(app, "d2")).error,
      "ORDER_NOT_FOUND",
      "somebody else's order",
    );
    assert.equal(asked.length, 2, "which is asked for as if it were not here");
    const page = await app.as("d1").fetch("/orders/E1/group");
    assert.equal(page.status, 200);
    await page.body?.cancel();
  }));

Deno.test("Numbers for texts, missing names and foreign times are understood", async () => {
  const shapes = [
    {
      code: "1",
      data: {
        ...DOCUMENT.data,
        orderId: 77,
        customerPhone: 13812348000,
        createdAt: 1780000000000,
      },
    },
    {
      code: 1,
      data: {
        ...DOCUMENT.data,
        customerName: " ",
        storeName: null,
        projectManagerWxUserId: null,
      },
    },
    {
      code: 1,
      data: {
        ...DOCUMENT.data,
        orderNo: 5,
        createdAt: "2026-11-01 10:00:00",
        extra: { deep: [] },
      },
    },
    {
      code: 1,
      msg: "ok",
      data: { ...DOCUMENT.data, customerPhone: "", projectManagerWxUserId: "" },
    },
  ];
  let shape: unknown;
  await asking(() => Response.json(shape), async (app) => {
    for (shape of shapes) {
      const orderId = `E${shapes.indexOf(shape as typeof shapes[number])}`;
      const answer = await get(app, "d1", orderId);
      assert.equal(answer.status, 200, JSON.stringify(shape));
      assert.equal(answer.data.orderId, orderId, "what was asked for counts");
    }
  });
});

Deno.test("What the ERP does not have is ORDER_NOT_FOUND, and a push still brings it", async () => {
  for (
    const shape of [{ code: 0, msg: "no" }, { code: 1, data: null }, {
      code: 404,
      data: {},
    }]
  ) {
    await asking(() => Response.json(shape), async (app) => {
      assert.equal((await get(app)).error, "ORDER_NOT_FOUND");
      const page = await app.as("d1").fetch("/orders/E1/group");
      assert.equal(page.status, 404);
      await page.body?.cancel();
      const orders = [{
        orderId: "E1",
        customerName: "王",
        customerPhone: "13812348000",
        designerWxUserId: "d1",
      }];
      assert.equal((await push(app, "orders", { orders })).status, 200);
      assert.equal((await get(app)).status, 200);
    });
  }
});

Deno.test("Times of an asked order are read as those of a pushed one", async () => {
  const times: [unknown, string][] = [
    [1763600000000, "2025-11-20T00:53:20.000Z"],
    ["2026-11-20 10:00:00", "2026-11-20T02:00:00.000Z"],
    ["2026-11-20T10:00:00.000+0800", "2026-11-20T02:00:00.000Z"],
  ];
  let createdAt: unknown;
  const answer = () =>
    Response.json({ code: 1, data: { ...DOCUMENT.data, createdAt } });
  await asking(answer, async (app) => {
    for (const [at, [written, meant]] of times.entries()) {
      createdAt = written;
      const { data } = await get(app, "d1", `T${at}`);
      assert.equal(data.createdAt, meant, String(written));
    }
  });
});

Deno.test("An order that the ERP does not have is asked for once a minute", async () => {
  let has = false;
  let at = Date.now();
  const answer = () => Response.json(has ? DOCUMENT : { code: 1, data: null });
  await asking(answer, async (app, asked) => {
    for (let times = 0; times < 3; times++) {
      assert.equal((await get(app)).error, "ORDER_NOT_FOUND");
    }
    assert.equal(asked.length, 1);
    assert.equal((await get(app, "d1", "E2")).error, "ORDER_NOT_FOUND");
    assert.equal(asked.length, 2, "another order is another question");
    has = true;
    at += 61_000;
    assert.equal((await get(app)).status, 200, "asked again a minute later");
  }, () => at);
});

Deno.test("Who opens an order at once waits for one answer, and a push meanwhile is newer", async () => {
  const asked = Promise.withResolvers<void>();
  const answers = Promise.withResolvers<void>();
  const slow = async () => {
    asked.resolve();
    await answers.promise;
    return Response.json(DOCUMENT);
  };
  await asking(slow, async (app, requests) => {
    const opened = Array.from({ length: 5 }, () => get(app));
    await asked.promise;
    const orders = [{
      orderId: "E1",
      customerName: "王",
      customerPhone: "13900139000",
      designerWxUserId: "d1",
    }];
    assert.equal((await push(app, "orders", { orders })).status, 200);
    answers.resolve();
    for (const { data } of await Promise.all(opened)) {
      assert.equal(data.customerPhone, "139****9000");
    }
    assert.equal(requests.length, 1);
  });
});

Deno.test("An ERP that fails is ERP_UNAVAILABLE, and nothing of it is in the log", async () => {
  const phone = "13812348000";
  const failures: Record<string, Answer> = {
    "500": () => new Response(`{"phone":"${phone}"}`, { status: 500 }),
    "302": () =>
      new Response(null, { status: 302, headers: { location: "/login" } }),
    "garbage": () => new Response(`<html>${phone}`),
    "cut": () =>
      new Response(`{"code":1,"data":{"customerPhone":"${phone}"x}}`),
    "empty": () => new Response(""),
    "array": () => Response.json([]),
    "no code": () => Response.json({ data: {} }),
    "no designer": () =>
      Response.json({ code: 1, data: { customerPhone: phone } }),
    "objects": () =>
      Response.json({ code: 1, data: { ...DOCUMENT.data, customerName: {} } }),
    "huge": () =>
      new Response(`{"code":1,"data":{"x":"${"x".repeat(200_000)}"}}`),
    "refused": () =>
      Promise.reject(new TypeError(`error sending request for url (${ERP})`)),
  };
  let failing: Answer = () => new Response();
  await asking(() => failing(), async (app) => {
    for (const [name, answer] of Object.entries(failures)) {
      failing = answer;
      const got = await get(app);
      assert.deepEqual([got.status, got.error], [503, "ERP_UNAVAILABLE"], name);
      const log = app.logText();
      assert.ok(!log.includes(phone), `${name}: a number`);
      assert.ok(!log.includes("erp-url-key"), `${name}: the address`);
      assert.ok(!log.includes("erp-token-123456"), `${name}: the token`);
      assert.match(log, /erp\.unavailable/);
    }
  });
});

Deno.test("An ERP that hangs does not hang the page", () =>
  asking(() => new Promise<Response>(() => {}), async (app) => {
    const began = performance.now();
    const page = await app.as("d1").fetch("/orders/E1/group");
    assert.equal(page.status, 503);
    assert.match(await page.text(), /error-ERP_UNAVAILABLE/);
    assert.ok(performance.now() - began < 9_000);
  }));

Deno.test("Without an ERP to ask, an unknown order is not found", () =>
  withApp({ seed: world().seed }, async (app) => {
    await push(app, "staff", { staff: STAFF });
    const answer = await get(app);
    assert.deepEqual([answer.status, answer.error], [404, "ORDER_NOT_FOUND"]);
  }));

Deno.test("A redirect is not followed: the token and the order stay with the ERP's own host", () =>
  withServer(
    () => new Response(null, { status: 307, headers: { location: "/other" } }),
    async (asked, order) => {
      await assert.rejects(order(), { error: "ERP_UNAVAILABLE" });
      assert.deepEqual(asked, ["/api/runFlow"]);
    },
  ));

Deno.test("An answer without an end is not read to its end", async () => {
  let sent = 0;
  const piece = new Uint8Array(64 * 1024).fill(32);
  const endless = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent += piece.byteLength;
          controller.enqueue(piece);
        },
      }),
    );
  await withServer(endless, async (_, order) => {
    await assert.rejects(order(), { error: "ERP_UNAVAILABLE" });
    assert.ok(sent < 32 * 1024 * 1024, `${sent} bytes`);
  });
});

/** An ERP behind a real socket, and a question for an order. */
async function withServer(
  answer: Answer,
  fn: (asked: string[], order: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => {
      asked.push(new URL(request.url).pathname);
      return answer();
    },
  );
  const erp = createErp({
    url: `http://127.0.0.1:${server.addr.port}/api/runFlow`,
    token: new Secret("erp-token-123456"),
    flowId: "5f-order",
    fetch,
    log: silentLog,
    timeZone: "Asia/Shanghai",
  });
  try {
    await fn(asked, () => erp.order("E1"));
  } finally {
    await server.shutdown();
  }
}
